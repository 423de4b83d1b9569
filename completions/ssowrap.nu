# Completion of ssowrap in Nushell: the external completer, before any other one.

def "nu-complete ssowrap" [words: list<string>, behind?: closure] {
    let reply = try { ^ssowrap __complete nushell -- ...$words | complete | get stdout | lines } catch { [] }
    let how = $reply | get 0? | default ''
    if $how == 'words' {
        $reply | skip 1 | each {|line|
            let parts = $line | split row "\t"
            { value: $parts.0, description: ($parts.1? | default '') }
        }
    } else if ($how starts-with 'command ') and $behind != null {
        do $behind ($words | skip ($how | str replace 'command ' '' | into int))
    } else {
        # null makes Nushell complete files.
        null
    }
}

$env.config.completions.external.completer = do {
    let behind = $env.config.completions.external.completer?
    {|words|
        if ($words | get 0? | default '' | path basename) == 'ssowrap' {
            nu-complete ssowrap $words $behind
        } else if $behind != null {
            do $behind $words
        }
    }
}
