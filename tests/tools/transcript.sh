#!/usr/bin/env bash
# transcript.sh [--update] PROGRAM FILE FOLDER
# Runs the command lines "$ ..." in the console blocks of a Markdown file, in an empty folder, and
# compares what they print (errors too, and "[exit N]" after a failure) with what stands below them.
set -uo pipefail

update=false
if [[ $1 == --update ]]; then
  update=true
  shift
fi
program=$1 file=$(realpath "$2") folder=$3

rm -rf "$folder"
mkdir -p "$folder/bin" "$folder/work"
ln -s "$program" "$folder/bin/brickgrad"
export PATH=$folder/bin:$PATH LC_ALL=C.UTF-8 COLUMNS=80 TERM=dumb HOME=$folder
unset NO_COLOR CLICOLOR_FORCE XDG_STATE_HOME
cd "$folder/work" || exit 1

in_block=false
while IFS= read -r line; do
  if [[ $line == '```console' ]]; then
    in_block=true
  elif [[ $line == '```' ]]; then
    in_block=false
  fi
  if ! $in_block || [[ $line == '```console' ]]; then
    printf '%s\n' "$line"
  elif [[ $line == '$ '* ]]; then
    printf '%s\n' "$line"
    # A line that ends in a backslash goes on.
    command=${line#'$ '}
    while [[ $command == *\\ ]] && IFS= read -r line; do
      printf '%s\n' "$line"
      command+=$'\n'$line
    done
    bash -c "$command" </dev/null 2>&1 || printf '[exit %d]\n' "$?"
  fi
done <"$file" >"$folder/actual"

if $update; then
  cp "$folder/actual" "$file"
else
  diff -u --label expected --label actual "$file" "$folder/actual"
fi
