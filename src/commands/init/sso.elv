# sso PROFILE puts the credentials of a profile into this shell, sso - those of the one before.

use math
use re

var sso-previous = $nil
var sso-key = ''
var sso-wait = (num 60)
var sso-next = (num 0)
var sso-quiet = $false

# The seconds left; nothing where there is no end.
fn sso-left {
  if (re:match '^\d+$' $E:SSOWRAP_EXPIRES_AT) {
    - $E:SSOWRAP_EXPIRES_AT (e:date +%s)
  } else {
    put $nil
  }
}

# Takes what the environment holds for what --auto-refresh renews.
fn sso-adopt {
  set sso-key sso-wait sso-next sso-quiet = $E:AWS_ACCESS_KEY_ID (num 60) (num 0) $false
}

# To a profile, or to none. What is there stays if that fails.
fn sso-switch {|profile|
  var from = $E:SSOWRAP_PROFILE
  var lines = ''
  if (eq $profile '') {
    set lines = (e:ssowrap export --unset --format elvish | slurp)
  } else {
    set lines = (e:ssowrap --profile=$profile export --format elvish | slurp)
  }
  eval $lines
  if (not-eq $from $profile) {
    set sso-previous = $from
  }
  sso-adopt
}

# The profile as it can be shown, and what is left of its credentials: nothing, `expired`, minutes.
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
  if (eq $args []) {
    if (eq $E:SSOWRAP_PROFILE '') {
      e:ssowrap profiles
      return
    }
    var name minutes = (sso-name)
    if (eq $minutes '') {
      echo $name
    } elif (eq $minutes expired) {
      echo $name', expired'
    } else {
      echo $name', '$minutes' min left'
    }
  } elif (eq $args [-]) {
    if (eq $sso-previous $nil) {
      fail 'there is no profile to go back to'
    }
    sso-switch $sso-previous
  } elif (eq $args [--unset]) {
    sso-switch ''
  } elif (or (eq $args [-h]) (eq $args [--help])) {
    echo 'sso PROFILE   credentials of a profile into this shell
sso -         back to the profile before
sso --unset   take them out of this shell
sso           which profile it is, and for how long'
  } elif (or (!= (count $args) 1) (eq $args ['']) (re:match '^-' $args[0])) {
    fail 'usage: sso [PROFILE | - | --unset]'
  } else {
    sso-switch $args[0]
  }
}

# New credentials, if it is time for those that sso has put here. Where that fails the old ones stay,
# the reason is told once, and it is tried again ever less often.
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
