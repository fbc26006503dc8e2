# SPDX-License-Identifier: MIT
"""The machine that the tests run on: its commands, services and journal. Needs root and systemd."""

import os
import subprocess
import time
from pathlib import Path

WAIT_SECONDS = 90


def run(*command, check=True):
    """Standard output and error of a command, as one text; raises with them if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace',
                          env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive', 'LC_ALL': 'C.UTF-8'})
    if check and done.returncode != 0:
        raise AssertionError(f'{" ".join(command)}: {done.returncode}\n{done.stdout}')
    return done.stdout


def install(*packages):
    """From what has been fetched before, where the machine has no network."""
    return run('apt-get', 'install', '--yes', '--quiet', '--no-install-recommends',
               '--option', 'Dpkg::Use-Pty=0', *packages)


def wait_until(state, what):
    """Asks `state()` until it is true. An OSError is a no: what is waited for is not there yet."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            found = state()
        except OSError:
            found = False
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {WAIT_SECONDS} s: {what}')
        time.sleep(0.1)


def show(unit, name):
    return run('systemctl', 'show', '--property', name, '--value', unit).strip()


def is_active(unit):
    return show(unit, 'ActiveState') == 'active'


def await_active(*units):
    for unit in units:
        wait_until(lambda: is_active(unit), f'{unit} active\n{run("systemctl", "status", unit, check=False)}')


def main_pid(unit):
    return int(show(unit, 'MainPID'))


def journal(*options):
    return run('journalctl', '--no-pager', '--quiet', *options)


def write(path, text):
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding='utf-8')
