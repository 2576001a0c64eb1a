# Sourced by the measurements: the Python side, installed once each.
# shellcheck shell=bash

python_side() { # python_side NAME PACKAGES: an interpreter with these packages, in $python
  local venv=target/bench/$1 packages=$2
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

vision_side() { # the same networks and the other search
  python_side vision "faiss-cpu==1.15.1 numpy==2.4.6 onnxruntime==1.31.1 opencv-python-headless==5.0.0.93"
}

vision_program() { # builds what recognises and searches on our side, and prints where it is
  cargo bench --quiet --locked -p vision --bench vision --no-run --message-format json \
    | sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' | tail -1
}
