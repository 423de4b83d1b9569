# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

# A record, because Nushell does not pass records on to other programs.
$env.sso_state = { key: '', wait: 60sec, next: (date now), is_quiet: false }

def "_sso profiles" [] {
    nu-complete ssowrap [sso '']
}

# The time left; nothing if the credentials do not expire.
def "_sso left" [] {
    try { (_sso time $env.SSOWRAP_EXPIRES_AT) - (date now) } catch { null }
}

# A time from seconds since 1970.
def "_sso time" [seconds: string] {
    ($seconds | into int) * 1_000_000_000 | into datetime
}

# From now on, --auto-refresh renews the credentials in the environment.
def --env "_sso adopt" [] {
    $env.sso_state = $env.sso_state | merge {
        key: ($env.AWS_ACCESS_KEY_ID? | default '')
        wait: 60sec
        next: (date now)
        is_quiet: false
    }
}

# Sets the variables of a JSON object, and removes those that are null there.
def --env "_sso take" [json: string] {
    let variables = $json | from json | transpose name value
    hide-env --ignore-errors ...($variables | where value == null | get name)
    $variables | where value != null | reduce --fold {} {|it, all| $all | insert $it.name $it.value } | load-env
}

# Switches to a profile, or to none. If that fails, nothing changes.
def --env "_sso switch" [profile: string, --quiet] {
    let from = $env.SSOWRAP_PROFILE? | default ''
    let how = if $quiet { [-q] } else { [] }
    let json = if $profile == '' {
        ^ssowrap ...$how export --unset --announce --format json
    } else {
        ^ssowrap ...$how $"--profile=($profile)" export --announce --format json
    }
    _sso take $json
    # Before the first profile, there was none to go back to.
    if $from != ($env.SSOWRAP_PROFILE? | default '') and ($from != '' or 'previous' in $env.sso_state) {
        $env.sso_state = $env.sso_state | upsert previous $from
    }
    _sso adopt
}

# The printable name of the profile, and the time left: nothing, `expired`, or minutes.
def "_sso name" [] {
    let name = $env.SSOWRAP_PROFILE? | default '' | str replace --all --regex '[^\p{L}\p{N} -~]' '?'
    let left = _sso left
    [$name (if $left == null { '' } else if $left <= 0sec { 'expired' } else { $left // 1min | into string })]
}

# Switch the AWS credentials of this shell
def --env sso [
    profile?: string@"_sso profiles" # The profile; - for the previous one; none to choose from a list
    --current # Print the profile and when its credentials expire
    --quiet (-q) # Print nothing about the new credentials
    --unset # Remove the credentials from this shell
] {
    if $unset {
        _sso switch '' --quiet=$quiet
    } else if $current {
        ^ssowrap __current
    } else if $profile == null {
        # Empty if nobody can choose.
        let chosen = ^ssowrap __choose | str trim --right --char (char newline)
        if $chosen != '' {
            _sso switch $chosen --quiet=$quiet
        } else {
            ^ssowrap __current
        }
    } else if $profile == '-' {
        if 'previous' not-in $env.sso_state {
            error make --unspanned { msg: 'there is no previous profile' }
        }
        _sso switch $env.sso_state.previous --quiet=$quiet
    } else if $profile == '' or ($profile starts-with '-') {
        ^ssowrap __misused -- $profile
    } else {
        _sso switch $profile --quiet=$quiet
    }
}

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
def --env "_sso renew" [] {
    let renew_at = try { _sso time $env.SSOWRAP_RENEW_AT } catch { null }
    let is_ours = ($env.AWS_ACCESS_KEY_ID? | default '') == $env.sso_state.key
    if ($env.SSOWRAP_PROFILE? | is-empty) or $renew_at == null or not $is_ours or (date now) < ([$renew_at $env.sso_state.next] | math max) {
        return
    }
    let got = ^ssowrap -q --unattended $"--profile=($env.SSOWRAP_PROFILE)" export --format json | complete
    if $got.exit_code == 0 {
        _sso take $got.stdout
        _sso adopt
    } else {
        if not $env.sso_state.is_quiet { print --stderr --no-newline $got.stderr }
        let wait = $env.sso_state.wait
        $env.sso_state = $env.sso_state | merge {
            is_quiet: true
            next: ((date now) + $wait)
            wait: ([($wait * 2) 16min] | math min)
        }
    }
}

_sso adopt
if $sso_refresh == 'yes' {
    $env.config.hooks.pre_prompt = ($env.config.hooks.pre_prompt? | default []) ++ [{|| _sso renew }]
}
if $sso_prompt == 'yes' {
    let behind = $env.PROMPT_COMMAND?
    $env.PROMPT_COMMAND = {||
        let shown = _sso name
        let before = match $shown {
            ['' _] => ''
            [$name ''] => $"\(($name)\) "
            [$name 'expired'] => $"\(($name) expired\) "
            [$name $minutes] => $"\(($name) ($minutes)m\) "
        }
        let rest = if ($behind | describe) == 'closure' { do $behind } else { $behind | default '' }
        $before + $rest
    }
}
