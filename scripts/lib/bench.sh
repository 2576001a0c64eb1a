# Sourced by the measurements: the Python side, installed once for all of them.
# shellcheck shell=bash

python_side() { # python_side: the interpreter with the packages, in $python
  local venv=target/bench/vision
  local packages="faiss-cpu==1.15.1 numpy==2.4.6 onnxruntime==1.31.1 opencv-python-headless==5.0.0.93"
  if [ "$(cat "$venv/packages" 2>/dev/null)" != "$packages" ]; then
    say "Installing the other side into $venv"
    python3 -m venv --clear "$venv"
    # shellcheck disable=SC2086
    "$venv/bin/pip" install --quiet --disable-pip-version-check $packages \
      || fail "the other side could not be installed" "pip install $packages failed; is there a network?"
    echo "$packages" > "$venv/packages"
  fi
  python=$venv/bin/python
}
