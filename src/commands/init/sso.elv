# `sso PROFILE` loads a profile's credentials into this shell, `sso -` those of the previous one, and
# `sso` alone offers a list.

use math
use re

var sso-previous = $nil
var sso-key = ''
var sso-wait = (num 60)
var sso-next = (num 0)
var sso-quiet = $false

# The seconds left; nothing if the credentials do not expire.
fn sso-left {
  if (re:match '^\d+$' $E:SSOWRAP_EXPIRES_AT) {
    - $E:SSOWRAP_EXPIRES_AT (e:date +%s)
  } else {
    put $nil
  }
}

# From now on, --auto-refresh renews the credentials in the environment.
fn sso-adopt {
  set sso-key sso-wait sso-next sso-quiet = $E:AWS_ACCESS_KEY_ID (num 60) (num 0) $false
}

# Switches to a profile, or to none; silently with -q. If that fails, nothing changes.
fn sso-switch {|profile @quiet|
  var from = $E:SSOWRAP_PROFILE
  var lines = ''
  if (eq $profile '') {
    set lines = (e:ssowrap $@quiet export --unset --announce --format elvish | slurp)
  } else {
    set lines = (e:ssowrap $@quiet --profile=$profile export --announce --format elvish | slurp)
  }
  eval $lines
  # Before the first profile, there was none to go back to.
  if (and (not-eq $from $E:SSOWRAP_PROFILE) (or (not-eq $from '') (not-eq $sso-previous $nil))) {
    set sso-previous = $from
  }
  sso-adopt
}

# The printable name of the profile, and the time left: nothing, `expired`, or minutes.
fn sso-name {
  put (re:replace '[^\p{L}\p{N} -~]' '?' $E:SSOWRAP_PROFILE)
  var left = (sso-left)
  if (not $left) {
    put ''
  } elif (<= $left 0) {
    put expired
  } else {
    put (to-string (exact-num (math:floor (/ $left 60))))
  }
}

fn sso {|@args|
  var quiet = []
  if (and (> (count $args) 0) (eq $args[0] -q)) {
    set quiet args = [-q] $args[1..]
  } elif (and (== (count $args) 2) (eq $args[1] -q)) {
    set quiet args = [-q] $args[..1]
  }
  if (eq $args []) {
    # Empty if nobody can choose.
    var chosen = [(e:ssowrap __choose)]
    if (not-eq $chosen []) {
      sso-switch $chosen[0] $@quiet
    } else {
      e:ssowrap __current
    }
  } elif (eq $args [-]) {
    if (eq $sso-previous $nil) {
      fail 'there is no previous profile'
    }
    sso-switch $sso-previous $@quiet
  } elif (eq $args [--current]) {
    e:ssowrap __current
  } elif (eq $args [--unset]) {
    sso-switch '' $@quiet
  } elif (or (eq $args [-h]) (eq $args [--help])) {
    echo 'sso            choose a profile from a list
sso PROFILE    load the credentials of a profile
sso -          go back to the previous profile
sso --current  show the profile and when its credentials expire
sso --unset    remove the credentials from this shell
-q             print nothing about the new profile'
  } elif (or (!= (count $args) 1) (eq $args ['']) (re:match '^-' $args[0])) {
    e:ssowrap __misused -- $@args
  } else {
    sso-switch $args[0] $@quiet
  }
}

# Renews the credentials that sso loaded, if they are due. If that fails, the old ones stay, the reason
# is shown once, and further attempts become less frequent.
fn sso-renew {
  if (or (eq $E:SSOWRAP_PROFILE '') (not-eq $E:AWS_ACCESS_KEY_ID $sso-key) (not (re:match '^\d+$' $E:SSOWRAP_RENEW_AT))) {
    return
  }
  var now = (num (e:date +%s))
  if (or (< $now $E:SSOWRAP_RENEW_AT) (< $now $sso-next)) {
    return
  }
  var lines = ''
  try {
    var ask = { e:ssowrap -q --unattended --profile=$E:SSOWRAP_PROFILE export --format elvish < /dev/null | slurp }
    if $sso-quiet {
      set lines = ($ask 2>/dev/null)
    } else {
      set lines = ($ask)
    }
  } catch {
    set sso-quiet sso-next = $true (+ $now $sso-wait)
    set sso-wait = (math:min 960 (* $sso-wait 2))
    return
  }
  eval $lines
  sso-adopt
}

sso-adopt
edit:add-var sso~ $sso~
set edit:completion:arg-completer[sso] = $ssowrap-complete
if (eq $sso-refresh yes) {
  set edit:before-readline = [$@edit:before-readline $sso-renew~]
}
if (eq $sso-prompt yes) {
  var prompt-behind = $edit:prompt
  set edit:prompt = {
    var name minutes = (sso-name)
    if (not-eq $name '') {
      if (eq $minutes '') {
        put '('$name') '
      } elif (eq $minutes expired) {
        put '('$name' expired) '
      } else {
        put '('$name' '$minutes'm) '
      }
    }
    $prompt-behind
  }
}
