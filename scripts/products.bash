# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by scripts that make products from one another: how each was made, noted beside them, so that one that would be made
# otherwise now is told from one that can be used again.
#
#   out=DIR            where the products and their notes lie
#   manifest=FILE      the data, compared by its contents; also=TITLE=FILE or nothing

# as_typed ARGUMENT...: the arguments of a command as a shell would read them again.
as_typed() {
  local argument
  for argument in "$@"; do
    if [[ ! $argument =~ ^[[:alnum:]_./,:=+-]+$ ]]; then argument=${argument@Q}; fi
    printf ' %s' "$argument"
  done
}

# stamp_of PRODUCT: in `stamp`, the file that notes how a product was made. Notes stay in OUT while products may travel.
stamp_of() {
  stamp=${1%/dataset.json}
  stamp=${stamp%/evaluation.json}
  stamp=${stamp%/model.safetensors}
  stamp=$out/made-by/${stamp//\//+}.txt
}

# digest FILE: in `digest`, of its contents; "absent" where it is not, as the manifest is on a machine that only trains.
digest() {
  digest=absent
  if [[ -f $1 ]]; then
    digest=$(sha256sum <"$1")
    digest=${digest%% *}
  fi
}

# making_of COMMAND...: in `making`, all that decides what a command makes: its options, a line each, the data, and how each
# product that it reads was made. OUT and the manifest may lie elsewhere the next time.
making_of() {
  local argument part parts before='' inputs='' stamp digest
  making=
  for argument in "$@"; do
    if [[ $before != --out ]]; then
      IFS=, read -ra parts <<<"$argument"
      for part in "${parts[@]}"; do
        if [[ $part == "$out"/* ]]; then
          stamp_of "${part#"$out"/}"
          digest "$stamp"
          inputs+=$'\n'"made from ${part#"$out"/}: $digest"
        elif [[ $part == "$manifest" || ( -n $also && $part == "${also#*=}" ) ]]; then
          digest "$part"
          inputs+=$'\n'"data ${part##*/}: $digest"
        fi
      done
    fi
    before=$argument
    argument=${argument//"$out"\//OUT/}
    argument=${argument//"$manifest"/MANIFEST}
    if [[ $argument == --* ]]; then making+=$'\n'; elif [[ -n $making ]]; then making+=' '; fi
    making+=$argument
  done
  making+=$inputs
}

# compare STAMP MAKING: in `changed`, what differs between the two, in words; data that is not here is not compared.
compare() {
  local ignored='^$'
  changed=
  if [[ ! -e $1 ]]; then
    changed='  nobody noted how it was made'
  elif [[ $(<"$1") != "$2" ]]; then
    if [[ $2 == *": absent"* ]]; then ignored='^data '; fi
    changed=$(diff <(grep -v "$ignored" "$1") <(grep -v "$ignored" <<<"$2") | sed -n 's/^< /  was: /p; s/^> /  now: /p') || true
  fi
}

# there PRODUCT: whole; an evaluation that was cut off is none.
there() {
  [[ -e $1 ]] && ! { [[ $1 == */evaluation.json ]] && grep -q '"complete": false' "$1"; }
}

# forget PRODUCT: removes it, and from the recipe the command that made it.
forget() {
  local target=$1 tail
  case $1 in */dataset.json | */evaluation.json | */?*/model.safetensors) target=${1%/*} ;; esac
  tail=" --out$(as_typed "$target")"
  rm -f "$1"
  if [[ -e $out/recipe.txt ]]; then
    awk -v tail="$tail" 'substr($0, length($0) - length(tail) + 1) != tail' "$out/recipe.txt" >"$out/recipe.new"
    mv "$out/recipe.new" "$out/recipe.txt"
  fi
}
