#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh: installs what is missing, builds, and runs all tests.
#
#	check.sh		the ordinary build
#	check.sh --asan		with AddressSanitizer and UBSan
#	check.sh --tsan		with ThreadSanitizer
#	check.sh --coverage	reporting which lines of the kernel ran; fails
#				unless tests/uncovered.txt explains the others
#
# Ends with a line "N passed, N failed" and exits 0 if nothing failed.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"

sanitize=
build=$top/build
case ${1-} in
'')	;;
--asan)	sanitize=address build=$top/build-asan ;;
--tsan)	sanitize=thread build=$top/build-tsan ;;
--coverage) sanitize=coverage build=$top/build-coverage ;;
*)	printf 'usage: check.sh [--asan | --tsan | --coverage]\n' >&2
	exit 64 ;;
esac

# atf-sh(1) takes the path of a test for several words then.
case $top in
*[[:blank:]]*)
	die "$top: shell tests cannot run in a directory with a blank in its" \
	    "name; move the tree" ;;
esac

install_for build test
build_tree "$build" -DMACH_SANITIZE=$sanitize -DMACH_TESTS=ON

[ "$sanitize" != coverage ] || find "$build" -name '*.gcda' -delete
say "running the tests"
sh "$top/tests/kyuafiles.sh" "$build/tests"
cd "$build/tests"
# atf's own start-up leaks; what matters is reported by the programs it runs.
export ASAN_OPTIONS=detect_leaks=0
# Processes of the model fork from programs that have threads.
export TSAN_OPTIONS=halt_on_error=1:die_after_fork=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
results=$build/results.db
rm -f "$results"
status=0
# Its log stays with the rest.
kyua() {
	command kyua --logfile="$build/kyua.log" "$@"
}
kyua -v parallelism=4 test --results-file="$results" || status=$?
kyua report --verbose --results-file="$results" \
    --results-filter=broken,failed > "$build/report.txt" 2>&1 || true
[ $status -eq 0 ] || cat "$build/report.txt"

summary=$(kyua report --results-file="$results" --results-filter= |
    grep '^Test cases:')
count() {
	printf '%s\n' "$summary" | sed -n "s/.* \([0-9]*\) $1.*/\1/p"
}
total=$(count total)
skipped=$(count skipped)
failed=$(($(count broken) + $(count failed)))
passed=$((total - skipped - failed))
[ "$total" -gt 0 ] || die "no test ran"
[ "$skipped" -eq 0 ] || say "$skipped skipped; for why," \
    "kyua report --results-file=$results --results-filter=skipped"
if [ "$sanitize" = coverage ]; then
	sh "$top/tests/coverage.sh" "$build" || status=$?
fi
printf '%d passed, %d failed\n' "$passed" "$failed"
[ $status -eq 0 ] && [ "$failed" -eq 0 ]
