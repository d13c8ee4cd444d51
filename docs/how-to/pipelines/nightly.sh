#!/bin/sh
# Loads the people of one night: first continues a run that did not finish, then sends the new file.
# TARGET is --sandbox for a rehearsal, or --to and the name of the tenant.
set -u
: "${PEOPLE:=export.csv}" "${COMPANIES:=companies.csv}" "${OUT:=out}" "${TARGET:=--sandbox}"

gsprep resume
code=$?
# 0 and 1: that run is done now, perhaps with rows to fix.
[ "$code" -le 1 ] || exit "$code"

# shellcheck disable=SC2086  TARGET is two words
gsprep run "$PEOPLE" --companies "$COMPANIES" $TARGET --out "$OUT" \
  --changed-only --max-rejected 20% --tolerate 5% --json > summary.txt
code=$?
case $code in
  0) echo "all stored" ;;
  1) echo "some rows to fix: $OUT/rejects.csv" ;;
  3) echo "not finished: the next night continues" ;;
  5) echo "too many rows are wrong: nothing was sent, see $OUT/rejects.csv" ;;
  *) echo "the command, the access key or gsprep is at fault: see the message above" ;;
esac
exit $code
