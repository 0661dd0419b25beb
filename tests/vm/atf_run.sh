#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# atf_run.sh dir [program ...]: runs ATF test programs with nothing but sh(1),
# where there is no kyua.  A program is named relative to dir, as in
# kernel/rights_test; without names, every ..._test one level below dir runs.
#
# Prints a line for each case and, at the end, "N passed, N failed"; exits 0 if
# nothing failed.  ATF_TIMEOUT is the time limit in seconds of a case that does
# not say its own, 600 as in the Kyuafiles.

set -u
[ $# -ge 1 ] || { echo "usage: atf_run.sh dir [program ...]" >&2; exit 64; }
dir=$(cd "$1" && pwd) || exit 64
shift
# Lists of words, here and below, are split on purpose.
# shellcheck disable=SC2012,SC2046
[ $# -gt 0 ] || set -- $(cd "$dir" && ls -d ./*/*_test | sed 's,^\./,,')

scratch=$(mktemp -d "${TMPDIR:-/tmp}/atf_run.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
export __RUNNING_INSIDE_ATF_RUN=internal-yes-value

passed=0
failed=0
skipped=0

# What a case says of itself; the listing is in $scratch/list.
property() {
	awk -v ident="ident: $case" -v name="$1: " '
	    index($0, "ident: ") == 1 { mine = $0 == ident }
	    mine && index($0, name) == 1 {
		print substr($0, length(name) + 1)
	    }' "$scratch/list"
}

# What the case needs and is not here, or nothing.
missing() {
	[ "$(property require.user)" != root ] || [ "$(id -u)" -eq 0 ] ||
	    echo "needs root"
	[ "$(property require.user)" != unprivileged ] ||
	    [ "$(id -u)" -ne 0 ] || echo "needs an unprivileged user"
	for word in $(property require.progs); do
		command -v "$word" >/dev/null || echo "needs $word"
	done
	for word in $(property require.files); do
		[ -e "$word" ] || echo "needs $word"
	done
	[ -z "$(property require.config)" ] || echo "needs configuration"
}

# part time-limit suffix: runs the case, or its clean-up, in its directory.
part() {
	(cd "$scratch/work" && exec timeout -k 10 "$1" "$program" \
	    -s "${program%/*}" -r "$scratch/result" "$case$2") \
	    < /dev/null > "$scratch/output" 2>&1
}

report() {
	printf '%s:%s  ->  %s\n' "$name" "$case" "$1"
}

run_case() {
	needs=$(missing | head -n 1)
	if [ -n "$needs" ]; then
		skipped=$((skipped + 1))
		report "skipped: $needs"
		return
	fi
	limit=$(property timeout)
	rm -rf "$scratch/work" "$scratch/result"
	mkdir "$scratch/work"
	part "${limit:-${ATF_TIMEOUT:-600}}" ''
	status=$?
	result=
	[ ! -f "$scratch/result" ] || result=$(cat "$scratch/result")
	if [ "$(property has.cleanup)" = true ]; then
		cp "$scratch/output" "$scratch/output.body"
		rm -f "$scratch/result"
		part 300 :cleanup || result="broken: the clean-up failed"
		cat "$scratch/output" >> "$scratch/output.body"
		mv "$scratch/output.body" "$scratch/output"
	fi
	case $status:$result in
	0:passed|*:expected_death*|*:expected_exit*|*:expected_signal*|\
	    0:expected_failure*|124:expected_timeout*)
		passed=$((passed + 1))
		report "$result" ;;
	0:skipped*)
		skipped=$((skipped + 1))
		report "$result" ;;
	*)	failed=$((failed + 1))
		report "FAILED with status $status: ${result:-no result}"
		sed 's/^/    /' "$scratch/output" | tail -n 40 ;;
	esac
}

# The interpreter of a test in atf-sh(1), where that is not here.
no_interpreter() {
	interpreter=$(sed -n '1s/^#! *//p;q' "$program")
	case $interpreter in
	*/env\ *) interpreter=${interpreter#* } ;;
	esac
	interpreter=${interpreter%% *}
	[ -n "$interpreter" ] && ! command -v "$interpreter" > /dev/null
}

for name; do
	program=$dir/$name
	case=-
	if no_interpreter; then
		skipped=$((skipped + 1))
		report "skipped: needs $interpreter"
		continue
	fi
	if ! "$program" -s "${program%/*}" -l > "$scratch/list" 2>&1; then
		failed=$((failed + 1))
		report "FAILED: cannot list its cases"
		continue
	fi
	# shellcheck disable=SC2013
	for case in $(sed -n 's/^ident: //p' "$scratch/list"); do
		run_case
	done
done
[ $skipped -eq 0 ] || printf '%d skipped\n' $skipped
[ $((passed + failed + skipped)) -gt 0 ] || { echo "no test ran" >&2; exit 2; }
printf '%d passed, %d failed\n' $passed $failed
[ $failed -eq 0 ]
