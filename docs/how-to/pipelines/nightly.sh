#!/bin/sh
# Loads the people of one night: first what an earlier night left unfinished, then the new file.
# TARGET is --sandbox for a rehearsal, or --to and the name of the tenant.
set -u
: "${PEOPLE:=export.csv}" "${COMPANIES:=companies.csv}" "${OUT:=out}" "${TARGET:=--sandbox}"

gsprep resume || exit $?

# shellcheck disable=SC2086  TARGET is two words
gsprep run "$PEOPLE" --companies "$COMPANIES" $TARGET --out "$OUT" \
  --changed-only --max-rejected 20% --tolerate 5% --json > summary.txt
code=$?
case $code in
  0) echo "all stored" ;;
  1) echo "some rows to fix: $OUT/rejects.csv" ;;
  3) echo "not finished: the next night goes on" ;;
  5) echo "the data of this night is wrong: nothing was sent" ;;
  *) echo "the command, the key or gsprep is at fault" ;;
esac
exit $code
