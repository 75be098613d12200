#!/usr/bin/env bash
# Removes everything a world left, as soon as standard input ends: its owner holds the other end, so that it ends when
# the owner asks for it and also when the owner is killed. Usage: reaper.sh <journal>. One entry per line, tab-separated:
#   process <pid> <start time>   link <name>   forwarding <bridge>   cgroup <folder>   folder <path>
set -u
trap '' INT TERM HUP
cat >/dev/null

start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  set -- ${stat##*) }
  [ "$1" != Z ] && echo "${20}"
}
alive() { [ "$(start_time "$1")" = "$2" ]; }
is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

mapfile -t lines <"$1"
entries() { # entries <kind>: its lines, newest first
  local i
  for ((i = ${#lines[@]} - 1; i >= 0; i--)); do
    [[ ${lines[i]} == "$1"$'\t'* ]] && printf '%s\n' "${lines[i]#*$'\t'}"
  done
}

while IFS=$'\t' read -r pid started; do
  is_number "$pid" && alive "$pid" "$started" && kill -KILL "$pid" 2>/dev/null
done < <(entries process)
while IFS=$'\t' read -r pid started; do
  for _ in {1..200}; do alive "$pid" "$started" || break; sleep 0.05; done
done < <(entries process)

while IFS=$'\t' read -r name; do ip link delete "$name" 2>/dev/null; done < <(entries link)
while IFS=$'\t' read -r bridge; do
  iptables -w -D FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null
done < <(entries forwarding)
while IFS=$'\t' read -r folder; do
  # The last processes of a killed namespace may take a moment to leave their groups.
  for _ in {1..200}; do
    [ -d "$folder" ] || break
    find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$folder" ] && sleep 0.05
  done
done < <(entries cgroup)
while IFS=$'\t' read -r folder; do rm -rf --one-file-system -- "$folder"; done < <(entries folder)
exit 0
