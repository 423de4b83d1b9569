# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

unalias sso 2>/dev/null || :
zmodload zsh/datetime

function sso {
    emulate -L zsh
    # `set -x` must not show what is evaluated here.
    unsetopt xtrace
    local quiet=
    if [[ ${1-} == -q ]]; then
        quiet=-q
        shift
    elif [[ $# == 2 && $2 == -q ]]; then
        quiet=-q
        set -- "$1"
    fi
    case $#:${1-} in
        (0:)
            local name
            # Empty if nobody can choose.
            name=$(command ssowrap __choose) || return
            if [[ -z $name ]]; then
                command ssowrap __current
            else
                __sso_switch "$name" $quiet
            fi
            ;;
        (1:-)
            if (( ! ${+__sso_previous} )); then
                print -u2 -r -- 'sso: there is no previous profile'
                return 1
            fi
            __sso_switch "$__sso_previous" $quiet
            ;;
        (1:--current) command ssowrap __current ;;
        (1:--unset) __sso_switch '' $quiet ;;
        (1:-h|1:--help)
            print -r -l -- 'sso            choose a profile from a list' \
                'sso PROFILE    load the credentials of a profile' \
                'sso -          go back to the previous profile' \
                'sso --current  show the profile and when its credentials expire' \
                'sso --unset    remove the credentials from this shell' \
                '-q             print nothing about the new profile'
            ;;
        (1:[^-]*) __sso_switch "$1" $quiet ;;
        (*) command ssowrap __misused -- "$@" ;;
    esac
    # ERR_EXIT is off in this function, but the caller must see the status.
    return $?
}

# Switches to a profile, or to none; silently with -q. If that fails, nothing changes.
function __sso_switch {
    local lines from=${SSOWRAP_PROFILE-}
    if [[ -n $1 ]]; then
        lines=$(command ssowrap ${2-} --profile="$1" export --announce --format sh) || return
    else
        lines=$(command ssowrap ${2-} export --unset --announce --format sh) || return
    fi
    eval "$lines" || return
    # Before the first profile, there was none to go back to.
    [[ $from == "${SSOWRAP_PROFILE-}" || -z $from${__sso_previous+set} ]] || typeset -g __sso_previous=$from
    __sso_adopt
}

# From now on, --auto-refresh renews the credentials in the environment.
function __sso_adopt {
    typeset -g __sso_key=${AWS_ACCESS_KEY_ID-} __sso_quiet=
    typeset -gi __sso_wait=60 __sso_next=0
}

# Sets __sso_left to the seconds left; empty if the credentials do not expire.
function __sso_clock {
    typeset -g __sso_left=
    [[ ${SSOWRAP_EXPIRES_AT-} != <-> ]] || __sso_left=$(( SSOWRAP_EXPIRES_AT - EPOCHSECONDS ))
}

# Sets __sso_label to the printable name of the profile, and __sso_minutes to the time left.
function __sso_name {
    typeset -g __sso_label=${SSOWRAP_PROFILE-} __sso_minutes=
    __sso_label=${__sso_label//[^[:alnum:] -~]/?}
    if [[ -n $__sso_left ]]; then
        __sso_minutes=expired
        (( __sso_left <= 0 )) || __sso_minutes=$(( __sso_left / 60 ))
    fi
}

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
function __sso_renew {
    local lines
    [[ -n ${SSOWRAP_PROFILE-} && -n $__sso_left && ${AWS_ACCESS_KEY_ID-} == "$__sso_key" ]] || return
    [[ ${SSOWRAP_RENEW_AT-} == <-> ]] || return
    (( EPOCHSECONDS >= SSOWRAP_RENEW_AT && EPOCHSECONDS >= __sso_next )) || return
    if lines=$(
        [[ -z $__sso_quiet ]] || exec 2>/dev/null
        command ssowrap -q --unattended --profile="$SSOWRAP_PROFILE" export --format sh </dev/null
    ); then
        eval "$lines"
        __sso_adopt
        __sso_clock
    else
        __sso_quiet=yes
        __sso_next=$(( EPOCHSECONDS + __sso_wait ))
        __sso_wait=$(( __sso_wait < 480 ? __sso_wait * 2 : __sso_wait ))
    fi
}

function __sso_before_prompt {
    emulate -L zsh
    unsetopt xtrace
    __sso_clock
    [[ $__sso_refresh != yes ]] || __sso_renew
    if [[ $__sso_prompt == yes ]]; then
        __sso_name
        # An element of psvar is shown unchanged.
        case $__sso_label:$__sso_minutes in
            (:*) psvar[20]= ;;
            (*:) psvar[20]="($__sso_label) " ;;
            (*:expired) psvar[20]="($__sso_label expired) " ;;
            (*) psvar[20]="($__sso_label ${__sso_minutes}m) " ;;
        esac
        [[ ${PROMPT-} == *'%20v'* ]] || PROMPT='%20v'${PROMPT-}
    fi
    return 0
}

# Only once: the completion system may start later.
function __sso_compdef {
    (( ${+functions[compdef]} )) || return 0
    compdef _ssowrap ssowrap sso
    add-zsh-hook -d precmd __sso_compdef
}

__sso_adopt
autoload -Uz add-zsh-hook
[[ $__sso_refresh$__sso_prompt != *yes* ]] || add-zsh-hook precmd __sso_before_prompt
add-zsh-hook precmd __sso_compdef
