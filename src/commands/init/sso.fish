# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

function sso --description 'Switch the AWS credentials of this shell'
    set --local quiet
    if test "$argv[1]" = -q
        set quiet -q
        set --erase argv[1]
    else if test (count $argv) -eq 2; and test "$argv[2]" = -q
        set quiet -q
        set --erase argv[2]
    end
    switch (count $argv):"$argv[1]"
        case 0:
            # Empty if nobody can choose.
            set --local name (command ssowrap __choose)
            or return
            if test -z "$name"
                command ssowrap __current
            else
                __sso_switch "$name" $quiet
            end
        case 1:-
            if not set --query --global __sso_previous
                echo 'sso: there is no previous profile' >&2
                return 1
            end
            __sso_switch "$__sso_previous" $quiet
        case 1:--current
            command ssowrap __current
        case 1:--unset
            __sso_switch '' $quiet
        case 1:-h 1:--help
            printf '%s\n' 'sso            choose a profile from a list' \
                'sso PROFILE    load the credentials of a profile' \
                'sso -          go back to the previous profile' \
                'sso --current  show the profile and when its credentials expire' \
                'sso --unset    remove the credentials from this shell' \
                '-q             print nothing about the new profile'
        case '1:-*' 1: '*'
            if test (count $argv) -ne 1; or string match --quiet -- '-*' "$argv[1]"; or test -z "$argv[1]"
                command ssowrap __misused -- $argv
                return
            end
            __sso_switch "$argv[1]" $quiet
    end
end

# Switches to a profile, or to none; silently with -q. If that fails, nothing changes.
function __sso_switch --argument-names profile
    set --erase argv[1]
    set --local from "$SSOWRAP_PROFILE"
    set --local lines
    if test -n "$profile"
        set lines (command ssowrap $argv --profile="$profile" export --announce --format fish)
        or return
    else
        set lines (command ssowrap $argv export --unset --announce --format fish)
        or return
    end
    printf '%s\n' $lines | source
    # Before the first profile, there was none to go back to.
    if test "$from" != "$SSOWRAP_PROFILE"; and begin; test -n "$from"; or set --query --global __sso_previous; end
        set --global __sso_previous "$from"
    end
    __sso_adopt
    return 0
end

# From now on, --auto-refresh renews the credentials in the environment.
function __sso_adopt
    set --global __sso_key "$AWS_ACCESS_KEY_ID"
    set --global __sso_wait 60
    set --global __sso_next 0
    set --global __sso_quiet
end

# Sets __sso_now, and __sso_left to the seconds left; empty if the credentials do not expire.
function __sso_clock
    set --global __sso_left
    string match --quiet --regex -- '^\d+$' "$SSOWRAP_EXPIRES_AT"
    or return
    set --global __sso_now (command date +%s)
    set __sso_left (math $SSOWRAP_EXPIRES_AT - $__sso_now)
end

# Sets __sso_label to the printable name of the profile, and __sso_minutes to the time left.
function __sso_name
    set --global __sso_label (string replace --all --regex -- '[^\p{L}\p{N} -~]' '?' "$SSOWRAP_PROFILE")
    set --global __sso_minutes
    if test -n "$__sso_left"
        set __sso_minutes expired
        test $__sso_left -le 0
        or set __sso_minutes (math --scale 0 $__sso_left / 60)
    end
end

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
function __sso_renew
    test -n "$SSOWRAP_PROFILE" -a -n "$__sso_left" -a "$AWS_ACCESS_KEY_ID" = "$__sso_key"
    or return
    string match --quiet --regex -- '^\d+$' "$SSOWRAP_RENEW_AT"
    or return
    test $__sso_now -ge $SSOWRAP_RENEW_AT -a $__sso_now -ge $__sso_next
    or return
    set --local errors /dev/stderr
    test -z "$__sso_quiet"
    or set errors /dev/null
    set --local lines (command ssowrap -q --unattended --profile="$SSOWRAP_PROFILE" export --format fish </dev/null 2>$errors)
    if test $status -eq 0
        printf '%s\n' $lines | source
        __sso_adopt
        __sso_clock
    else
        set __sso_quiet yes
        set __sso_next (math $__sso_now + $__sso_wait)
        set __sso_wait (math "min(960, $__sso_wait * 2)")
    end
end

function __sso_before_prompt
    __sso_clock
    test "$__sso_refresh" = yes
    and __sso_renew
    __sso_name
end

# Restores the status for the prompt.
function __sso_status --argument-names code
    return $code
end

__sso_adopt
if contains -- yes $__sso_refresh $__sso_prompt
    function __sso_on_prompt --on-event fish_prompt
        __sso_before_prompt
    end
end
if test "$__sso_prompt" = yes; and status is-interactive
    if not functions --query __sso_prompt_behind; and functions --query fish_prompt
        functions --copy fish_prompt __sso_prompt_behind
    end
    function fish_prompt
        set --local code $status
        if test -n "$__sso_label"
            switch "$__sso_minutes"
                case ''
                    printf '(%s) ' "$__sso_label"
                case expired
                    printf '(%s expired) ' "$__sso_label"
                case '*'
                    printf '(%s %sm) ' "$__sso_label" $__sso_minutes
            end
        end
        __sso_status $code
        __sso_prompt_behind
    end
end

complete --command sso --erase
complete --command sso --no-files --arguments '(__ssowrap_complete)'
