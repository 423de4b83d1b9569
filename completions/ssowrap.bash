# Completion of ssowrap in bash.

_ssowrap() {
    local IFS=$' \t\n' reply how
    COMPREPLY=()
    reply=$(command ssowrap __complete bash -- "${COMP_LINE:0:COMP_POINT}" "${2-}" 2>/dev/null)
    how=${reply%%$'\n'*}
    case $how in
        words)
            [[ $reply == *$'\n'* ]] || return 0
            if ((BASH_VERSINFO[0] > 3)); then
                mapfile -t COMPREPLY <<<"${reply#*$'\n'}"
            else
                while IFS= read -r how; do COMPREPLY+=("$how"); done <<<"${reply#*$'\n'}"
            fi
            ;;
        files | expansion) compopt -o bashdefault -o default 2>/dev/null ;;
        directories) compopt -o dirnames 2>/dev/null ;;
        command\ *) _ssowrap_command "${how#command }" "${2-}" ;;
    esac
    return 0
}

# Completes the command after the first $1 characters of the line, as if nothing were before it.
_ssowrap_command() {
    local at=0 word=0 rest name spec function program
    while ((at < $1 && word < COMP_CWORD)); do
        rest=${COMP_LINE:at}
        rest=${rest#"${rest%%[![:space:]]*}"}
        at=$((${#COMP_LINE} - ${#rest}))
        ((at < $1)) || break
        at=$((at + ${#COMP_WORDS[word]})) word=$((word + 1))
    done
    local -a options COMP_WORDS=("${COMP_WORDS[@]:word}")
    local COMP_CWORD=$((COMP_CWORD - word)) COMP_LINE=${COMP_LINE:$1} COMP_POINT=$((COMP_POINT - $1))
    name=${COMP_WORDS[0]-}
    compopt -o bashdefault -o default 2>/dev/null
    if ((COMP_CWORD == 0)); then
        # macOS has bash 3, which lacks mapfile.
        # shellcheck disable=SC2207
        IFS=$'\n' COMPREPLY=($(compgen -c -- "$2"))
        return
    fi
    # A completer that has loaded another one returns 124.
    for _ in first again; do
        spec=$(complete -p -- "$name" 2>/dev/null) ||
            spec=$(complete -p -- "${name##*/}" 2>/dev/null) ||
            spec=$(complete -p -D 2>/dev/null) || return
        read -ra options <<<"$spec"
        for ((word = 1; word < ${#options[@]}; word += 1)); do
            [[ ${options[word - 1]} != -o ]] || compopt -o "${options[word]}" 2>/dev/null
        done
        if [[ $spec == *' -F '* ]]; then
            function=${spec#* -F } function=${function%% *}
            "$function" "$name" "$2" "${COMP_WORDS[COMP_CWORD - 1]}"
            (($? == 124)) || return
        elif [[ $spec == *" -C '"* ]]; then
            program=${spec#* -C \'} program=${program%%\'*}
            export COMP_LINE COMP_POINT
            # shellcheck disable=SC2207
            COMPREPLY=($($program "$name" "$2" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null))
            return
        else
            return
        fi
    done
}

complete -F _ssowrap ssowrap
