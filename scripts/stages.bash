# Sourced by scripts that do several things in turn: each stage is announced, timed and counted, and the last line says
# how the whole ended.
#
#   stage "build dev" scripts/build dev && stage "test dev" run_tests dev
#   close_stages "scripts/test"       # the table and the closing line; the exit status is 0 when every stage passed

stage_rows=()
stage_failures=0

# stage NAME COMMAND...: runs the command; a failure is noted and returned, so that later stages still can run.
stage() {
  local name=$1 begin=$SECONDS outcome=passed
  shift
  printf '\n== %s\n' "$name"
  "$@" || outcome=FAILED
  if [[ $outcome == FAILED ]]; then stage_failures=$((stage_failures + 1)); fi
  stage_rows+=("$(printf '%-7s %5d s  %s' "$outcome" $((SECONDS - begin)) "$name")")
  printf -- '-- %s: %s after %d s\n' "$name" "$outcome" $((SECONDS - begin))
  [[ $outcome == passed ]]
}

close_stages() {
  local script=$1
  printf '\n'
  if [[ ${#stage_rows[@]} -gt 0 ]]; then printf '   %s\n' "${stage_rows[@]}"; fi
  if [[ $stage_failures -gt 0 ]]; then
    printf '%s: %d of %d stages FAILED in %d min %02d s\n' \
      "$script" "$stage_failures" "${#stage_rows[@]}" $((SECONDS / 60)) $((SECONDS % 60))
    return 1
  fi
  printf '%s: all %d stages passed in %d min %02d s\n' \
    "$script" "${#stage_rows[@]}" $((SECONDS / 60)) $((SECONDS % 60))
}
