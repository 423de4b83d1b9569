# Completion of ssowrap in Elvish.

use str

var ssowrap-complete = {|@words|
  var how = ''
  var reply = []
  try {
    set how @reply = (e:ssowrap __complete elvish -- $@words 2>/dev/null)
  } catch {
    nop
  }
  if (eq $how words) {
    for line $reply {
      var word @help = (str:split "\t" $line)
      if (eq $help []) {
        put $word
      } else {
        edit:complex-candidate $word &display=$word'  '$help[0]
      }
    }
  } elif (or (eq $how files) (eq $how directories)) {
    edit:complete-filename $@words
  } elif (str:has-prefix $how 'command ') {
    var start = (str:trim-prefix $how 'command ')
    # It expects a first word, `sudo`.
    edit:complete-sudo sudo (all $words[$start..])
  }
}
set edit:completion:arg-completer[ssowrap] = $ssowrap-complete
