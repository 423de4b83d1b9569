# Completion of ssowrap in fish.

function __ssowrap_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l reply (command ssowrap __complete fish -- $words "$current" 2>/dev/null)
    set -l how $reply[1]
    set -e reply[1]
    switch "$how"
        case words
            printf '%s\n' $reply
        case files directories
            # The option before the path.
            set -l before (string match --regex -- '^-[^=]*=' $current)
            set -l path (string replace --regex -- '^-[^=]*=' '' "$current")
            set -l found (complete --do-complete "'' $path")
            test "$how" = directories; and set found (string match --regex -- '.*/(?:\t.*)?$' $found)
            printf '%s\n' "$before"$found
        case 'command *'
            set -l from (math 1 + (string replace 'command ' '' $how))
            set -l command (string escape -- $words[$from..]) "$current"
            complete --do-complete "$command"
    end
end

complete --command ssowrap --erase
complete --command ssowrap --no-files --arguments '(__ssowrap_complete)'
