# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

unalias sso 2>/dev/null || :

function sso {
    # `set -x` must not show what is evaluated here.
    ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)) || {
        local -
        set +ax
    } 2>/dev/null
    local quiet=
    if [[ ${1-} == -q ]]; then
        quiet=yes
        shift
    elif [[ $# == 2 && $2 == -q ]]; then
        quiet=yes
        set -- "$1"
    fi
    case $#:${1-} in
        0:)
            local name
            # Empty if nobody can choose.
            name=$(command ssowrap __choose) || return
            if [[ -z $name ]]; then
                command ssowrap __current
            else
                __sso_switch "$name" "$quiet"
            fi
            ;;
        1:-)
            if [[ -z ${__sso_previous+set} ]]; then
                printf 'sso: there is no previous profile\n' >&2
                return 1
            fi
            __sso_switch "$__sso_previous" "$quiet"
            ;;
        1:--current) command ssowrap __current ;;
        1:--unset) __sso_switch '' "$quiet" ;;
        1:-h | 1:--help)
            printf '%s\n' 'sso            choose a profile from a list' \
                'sso PROFILE    load the credentials of a profile' \
                'sso -          go back to the previous profile' \
                'sso --current  show the profile and when its credentials expire' \
                'sso --unset    remove the credentials from this shell' \
                '-q             print nothing about the new profile'
            ;;
        1:-* | 1: | [!01]:* | [0-9]*[0-9]:*)
            command ssowrap __misused -- "$@"
            ;;
        *) __sso_switch "$1" "$quiet" ;;
    esac
}

# Switches to a profile, or to none; silently with a second word. If that fails, nothing changes.
function __sso_switch {
    local lines from=${SSOWRAP_PROFILE-}
    if [[ -n $1 ]]; then
        lines=$(command ssowrap ${2:+"-q"} --profile="$1" export --announce --format sh) || return
    else
        lines=$(command ssowrap ${2:+"-q"} export --unset --announce --format sh) || return
    fi
    eval "$lines" || return
    # Before the first profile, there was none to go back to.
    [[ $from == "${SSOWRAP_PROFILE-}" || -z $from${__sso_previous+set} ]] || __sso_previous=$from
    __sso_adopt
}

# From now on, --auto-refresh renews the credentials in the environment.
function __sso_adopt {
    __sso_key=${AWS_ACCESS_KEY_ID-} __sso_wait=60 __sso_next=0 __sso_quiet=
}

# Sets __sso_now, and __sso_left to the seconds left; empty if the credentials do not expire.
function __sso_clock {
    __sso_left=
    [[ ${SSOWRAP_EXPIRES_AT-} =~ ^[0-9]+$ ]] || return 0
    if ((BASH_VERSINFO[0] > 4)); then
        __sso_now=$EPOCHSECONDS
    elif ((BASH_VERSINFO[0] == 4 && BASH_VERSINFO[1] > 1)); then
        printf -v __sso_now '%(%s)T' -1
    else
        __sso_now=$(command date +%s)
    fi
    __sso_left=$((SSOWRAP_EXPIRES_AT - __sso_now))
}

# Sets __sso_label to the printable name of the profile, and __sso_minutes to the time left.
function __sso_name {
    __sso_label=${SSOWRAP_PROFILE-}
    __sso_label=${__sso_label//[^[:alnum:] .,:;_@\/+=#%&*()<>|~!?\'\"\$\{\}-]/?}
    __sso_minutes=
    if [[ -n $__sso_left ]]; then
        __sso_minutes=expired
        ((__sso_left <= 0)) || __sso_minutes=$((__sso_left / 60))
    fi
}

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
function __sso_renew {
    local lines
    [[ -n ${SSOWRAP_PROFILE-} && -n $__sso_left && ${AWS_ACCESS_KEY_ID-} == "${__sso_key-}" ]] || return 0
    [[ ${SSOWRAP_RENEW_AT-} =~ ^[0-9]+$ ]] || return 0
    ((__sso_now >= SSOWRAP_RENEW_AT && __sso_now >= __sso_next)) || return 0
    if lines=$(
        [[ -z $__sso_quiet ]] || exec 2>/dev/null
        command ssowrap -q --unattended --profile="$SSOWRAP_PROFILE" export --format sh </dev/null
    ); then
        eval "$lines" || :
        __sso_adopt
        __sso_clock
    else
        __sso_quiet=yes __sso_next=$((__sso_now + __sso_wait))
        __sso_wait=$((__sso_wait < 480 ? __sso_wait * 2 : __sso_wait))
    fi
}

function __sso_before_prompt {
    local status=$?
    case $- in *e*) status=0 ;; esac
    ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)) || {
        local -
        set +aex
    } 2>/dev/null
    __sso_clock
    [[ $__sso_refresh != yes ]] || __sso_renew
    if [[ $__sso_prompt == yes ]]; then
        __sso_name
        case $__sso_label:$__sso_minutes in
            :*) __sso_segment= ;;
            *:) __sso_segment="($__sso_label) " ;;
            *:expired) __sso_segment="($__sso_label expired) " ;;
            *) __sso_segment="($__sso_label ${__sso_minutes}m) " ;;
        esac
        # A variable, because the shell does not expand its contents again.
        [[ ${PS1-} == *'${__sso_segment-}'* ]] || PS1='${__sso_segment-}'${PS1-}
    fi
    return "$status"
}

__sso_adopt
if [[ $__sso_refresh$__sso_prompt == *yes* && ${PROMPT_COMMAND[*]-} != *__sso_before_prompt* ]]; then
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)) &&
        [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
        PROMPT_COMMAND+=(__sso_before_prompt)
    else
        PROMPT_COMMAND=${PROMPT_COMMAND:+$PROMPT_COMMAND$'\n'}__sso_before_prompt
    fi
fi

complete -F _ssowrap sso
