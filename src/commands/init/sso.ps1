# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

$global:__sso_previous = $null

# The program itself, not a function or alias with that name.
function global:__sso_program {
    Get-Command -Name ssowrap -CommandType Application -TotalCount 1 -ErrorAction Stop
}

function global:sso {
    $words = @($args)
    $quiet = @()
    if ($words -ccontains '-q') {
        $quiet = @('-q')
        $words = @($words | Where-Object { $_ -cne '-q' })
    }
    $name = [string] $words[0]
    if ($words.Count -eq 0) {
        # Empty if nobody can choose.
        $name = [string] (& (__sso_program) __choose)
        if ($LASTEXITCODE -ne 0) { return }
        if ($name -eq '') { & (__sso_program) __current } else { __sso_switch $name $quiet }
    } elseif ($words.Count -eq 1 -and $name -ceq '--current') {
        & (__sso_program) __current
    } elseif ($words.Count -eq 1 -and $name -ceq '-') {
        if ($null -eq $global:__sso_previous) {
            Write-Error 'sso: there is no previous profile'
        } else {
            __sso_switch $global:__sso_previous $quiet
        }
    } elseif ($words.Count -eq 1 -and $name -ceq '--unset') {
        __sso_switch '' $quiet
    } elseif ($words.Count -eq 1 -and ($name -ceq '-h' -or $name -ceq '--help')) {
        'sso            choose a profile from a list'
        'sso PROFILE    load the credentials of a profile'
        'sso -          go back to the previous profile'
        'sso --current  show the profile and when its credentials expire'
        'sso --unset    remove the credentials from this shell'
        '-q             print nothing about the new profile'
    } elseif ($words.Count -ne 1 -or $name -eq '' -or $name.StartsWith('-')) {
        & (__sso_program) __misused '--' @words
    } else {
        __sso_switch $name $quiet
    }
}

# Switches to a profile, or to none; silently with -q. If that fails, nothing changes.
function global:__sso_switch([string] $name, [string[]] $quiet) {
    $from = [string] $env:SSOWRAP_PROFILE
    $ssowrap = __sso_program
    if ($name -eq '') {
        $lines = & $ssowrap @quiet export --unset --announce --format powershell
    } else {
        $lines = & $ssowrap @quiet "--profile=$name" export --announce --format powershell
    }
    if ($LASTEXITCODE -ne 0) { return }
    Invoke-Expression ($lines -join "`n")
    # Before the first profile, there was none to go back to.
    $is_other = $from -cne [string] $env:SSOWRAP_PROFILE
    if ($is_other -and ($from -ne '' -or $null -ne $global:__sso_previous)) { $global:__sso_previous = $from }
    __sso_adopt
}

# The seconds until a time in seconds since 1970; nothing if the text is not a number.
function global:__sso_until([string] $time) {
    $seconds = [long] 0
    if ([long]::TryParse($time, [ref] $seconds)) {
        $seconds - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    }
}

# From now on, --auto-refresh renews the credentials in the environment.
function global:__sso_adopt {
    $global:__sso_key = [string] $env:AWS_ACCESS_KEY_ID
    $global:__sso_wait = 60
    $global:__sso_next = [DateTimeOffset]::UtcNow
    $global:__sso_quiet = $false
}

# The printable name of the profile, and the time left: nothing, `expired`, or minutes.
function global:__sso_name {
    ([string] $env:SSOWRAP_PROFILE) -replace '[^\p{L}\p{N} -~]', '?'
    $left = __sso_until $env:SSOWRAP_EXPIRES_AT
    if ($null -eq $left) { '' } elseif ($left -le 0) { 'expired' } else { [string] [Math]::Floor($left / 60) }
}

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
function global:__sso_renew {
    $until = __sso_until $env:SSOWRAP_RENEW_AT
    if (-not $env:SSOWRAP_PROFILE -or $null -eq $until -or $until -gt 0) { return }
    if ([string] $env:AWS_ACCESS_KEY_ID -cne $global:__sso_key) { return }
    if ([DateTimeOffset]::UtcNow -lt $global:__sso_next) { return }
    $ask = '-q', '--unattended', "--profile=$env:SSOWRAP_PROFILE", 'export', '--format', 'powershell'
    $ssowrap = __sso_program
    if ($global:__sso_quiet) {
        $lines = & $ssowrap @ask 2>$null
    } else {
        $lines = & $ssowrap @ask
    }
    if ($LASTEXITCODE -eq 0) {
        Invoke-Expression ($lines -join "`n")
        __sso_adopt
    } else {
        $global:__sso_quiet = $true
        $global:__sso_next = [DateTimeOffset]::UtcNow.AddSeconds($global:__sso_wait)
        $global:__sso_wait = [Math]::Min(960, $global:__sso_wait * 2)
    }
}

__sso_adopt
Register-ArgumentCompleter -Native -CommandName sso -ScriptBlock $__ssowrap_complete
if (($global:__sso_refresh -eq 'yes' -or $global:__sso_prompt -eq 'yes') -and -not $global:__sso_prompt_behind) {
    $global:__sso_prompt_behind = $function:prompt
    function global:prompt {
        $succeeded = $?
        $code = $global:LASTEXITCODE
        $before = ''
        try {
            if ($global:__sso_refresh -eq 'yes') { __sso_renew }
            if ($global:__sso_prompt -eq 'yes' -and $env:SSOWRAP_PROFILE) {
                $name, $minutes = __sso_name
                $before = if ($minutes -eq '') { "($name) " } elseif ($minutes -eq 'expired') { "($name expired) " } else { "($name ${minutes}m) " }
            }
        } catch {
            # There must always be a prompt.
        }
        $global:LASTEXITCODE = $code
        $before + (& $global:__sso_prompt_behind)
        # $? cannot be set.
        if (-not $succeeded) { Write-Error '' -ErrorAction Ignore }
    }
}
