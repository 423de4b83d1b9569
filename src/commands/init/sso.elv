# sso PROFILE puts the credentials of a profile into this shell, sso - those of the one before.

use math
use re

var sso-previous = $nil
var sso-key = ''
var sso-wait = (num 60)
var sso-next = (num 0)
var sso-quiet = $false
var sso-end-text = ''
var sso-end = $nil

# The seconds left; nothing where there is no end.
fn sso-left {
  if (not-eq $E:AWS_CREDENTIAL_EXPIRATION $sso-end-text) {
    set sso-end-text = $E:AWS_CREDENTIAL_EXPIRATION
    set sso-end = $nil
    re:find '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$' $sso-end-text | each {|found|
      var y m d hour minute second = (for group $found[groups][1..] { printf '%s' $group[text] | num (re:replace '^0+(.)' '$1' (slurp)) })
      # Years that begin in March have their leap day at the end.
      if (> $m 2) {
        set m = (- $m 3)
      } else {
        set y m = (- $y 1) (+ $m 9)
      }
      var days = (+ (* $y 365) (math:floor (/ $y 4)) (- (math:floor (/ $y 100))) (math:floor (/ $y 400)) (math:floor (/ (+ (* $m 153) 2) 5)) $d -719469)
      set sso-end = (+ (* (+ (* (+ (* $days 24) $hour) 60) $minute) 60) $second)
    }
  }
  if $sso-end {
    - $sso-end (e:date +%s)
  } else {
    put $nil
  }
}

# Takes what the environment holds for what --auto-refresh renews. Credentials that end soon were
# good enough for ssowrap to hand out: half of what is left of them passes first.
fn sso-adopt {
  set sso-key sso-wait sso-next sso-quiet = $E:AWS_ACCESS_KEY_ID (num 60) (num 0) $false
  var left = (sso-left)
  if (and $left (> $left 0) (<= $left 900)) {
    set sso-next = (+ (e:date +%s) (/ $left 2))
  }
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

# New credentials, if those that sso has put here end within a quarter of an hour. Where that fails
# the old ones stay, the reason is told once, and it is tried again ever less often.
fn sso-renew {
  var left = (sso-left)
  if (or (eq $E:SSOWRAP_PROFILE '') (not $left) (not-eq $E:AWS_ACCESS_KEY_ID $sso-key)) {
    return
  }
  var now = (num (e:date +%s))
  if (or (> $left 900) (< $now $sso-next)) {
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
    set sso-wait = (math:min 900 (* $sso-wait 2))
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
