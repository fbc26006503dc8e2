# SPDX-License-Identifier: MIT
"""What `make bench` measures on: stacks of tests/stack, the bare responder, processes and the disk."""

import contextlib
import hashlib
import os
import shlex
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
BUILD = Path(os.environ.get('BUILD', TESTS.parent / 'build')).resolve()
PATIENCE = 60  # seconds for anything that is not a measurement
PHONES = 16
FIRST_PHONE_ID = 1000  # of its user, shop and device: above those of the demo shops
NGINX_WORKERS = 2  # as tests/stack starts it
BARE_THREADS = 64  # above what nginx keeps: per worker 16 idle connections, besides 16 in use

BARE_UPSTREAM = 'upstream bench_bare {{ server unix:{socket}; keepalive 16; }}\n'
# The lines of etc/nginx/pregon-locations.conf.
BARE_LOCATION = """
location = /bench/bare {
    client_max_body_size 2m;
    include /etc/nginx/fastcgi_params;
    fastcgi_pass bench_bare;
    fastcgi_keep_conn on;
    fastcgi_request_buffering on;
    fastcgi_read_timeout 30s;
}
"""


def run(*command, env=None):
    """Its output; whoever fails has said why on standard error."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, timeout=PATIENCE,
                          env={**os.environ, **(env or {})}).stdout


def database_query(url, statement):
    return run(str(TESTS / 'database'), 'query', url, statement).strip()


class Stack:
    """A stack of its own behind nginx; `server` is the URL of a database server, or None: SQLite."""

    def __init__(self, folder, server=None, settings=None):
        self.folder = Path(folder)
        self.database_folder = self.folder
        options = []
        if server:
            options = ['--database', server]
            self.database_folder = Path(server.rpartition('socket=')[2])
        run(str(TESTS / 'stack'), 'up', str(folder), *options,
            env={'BUILD': str(BUILD), 'PREGON_LOG_LEVEL': 'warning', **(settings or {})})
        lines = shlex.split((self.folder / 'stack.env').read_text())
        self.env = dict(line.split('=', 1) for line in lines)
        self.url = self.env['HTTP_URL']
        self.database = f'sqlite:{self.folder}/pregon.db'
        if server:
            self.database = (self.folder / 'database.url').read_text().strip()

    def pid(self, program):
        return int((self.folder / 'pid' / program).read_text())

    def behind(self):
        """The processes that pregon-fcgi calls upon: the worker, and the database server's."""
        processes = [self.pid('worker')]
        server = self.database_folder / 'postgresql.pid'
        if server.exists():
            postmaster = int(server.read_text())
            processes += [postmaster, *children(postmaster)]
        return processes

    def add_bare_location(self, socket):
        """Lets this stack's nginx serve the bare responder as it serves pregon-fcgi."""
        nginx = self.folder / 'etc' / 'nginx'
        with open(nginx / 'pregon-upstreams.conf', 'a') as file:
            file.write(BARE_UPSTREAM.format(socket=socket))
        with open(nginx / 'pregon-locations.conf', 'a') as file:
            file.write(BARE_LOCATION)
        os.kill(self.pid('front'), signal.SIGHUP)
        until(lambda: answers(self.url + '/bench/bare'), 'the bare responder behind nginx')
        until(lambda: len(children(self.pid('front'))) == NGINX_WORKERS, "the end of nginx's old workers")

    def add_phones(self):
        """A shop, its owner, a token and a device per phone; lines of "TOKEN DEVICE"."""
        statements, lines = [], []
        for number in range(PHONES):
            row = FIRST_PHONE_ID + number
            plain, device = os.urandom(24).hex(), f'00000000-0000-4000-8000-{row:012d}'
            digest = hashlib.sha256(plain.encode()).hexdigest()
            statements += [
                'INSERT INTO users (id, name, email, password, role) '
                f"VALUES ({row}, 'Ana', 'ana{row}@example.test', '!', 'admin')",
                'INSERT INTO commerces (id, name, owner_user_id) '
                f"VALUES ({row}, 'Tienda Uno', {row})",
                f'UPDATE users SET commerce_id = {row} WHERE id = {row}',
                'INSERT INTO personal_access_tokens '
                '(id, tokenable_type, tokenable_id, name, token, abilities) SELECT '
                f"{row}, tokenable_type, {row}, 'bench', '{digest}', '[\"*\"]' "
                'FROM personal_access_tokens WHERE id = 1',
                'INSERT INTO devices (id, user_id, uuid, name, platform, is_active, commerce_id, '
                f"alias) VALUES ({row}, {row}, '{device}', 'Demo', 'android', '1', {row}, 'Caja')"]
            lines.append(f'{row}|{plain} {device}')
        self.execute(';\n'.join(statements))
        return '\n'.join(lines)

    def execute(self, statements):
        if not self.database.startswith('sqlite:'):
            database_query(self.database, statements)
            return
        with contextlib.closing(sqlite3.connect(self.database[7:], timeout=PATIENCE)) as store:
            store.executescript(f'BEGIN;\n{statements};\nCOMMIT;')

    def analyze(self):
        """What PostgreSQL's autovacuum does a minute after the first rows: until then it takes its
        tables for empty, and any index for as good as another."""
        if self.database.startswith('postgresql:'):
            database_query(self.database, 'ANALYZE')

    def notifications(self):
        return int(database_query(self.database, 'SELECT count(*) FROM notifications'))


@contextlib.contextmanager
def stage(server):
    """The stacks by name, and the bare responder's process; all gone afterwards. `server` is the URL
    of a PostgreSQL of tests/with-databases, or None."""
    uncached = {'PREGON_IDENTITY_CACHE_SECONDS': '0'}
    plans = {'sqlite': (None, {}), 'sqlite uncached': (None, uncached)}
    if server:
        plans |= {'postgresql': (server, {}), 'postgresql uncached': (server, uncached)}
    bare, stacks = None, {}
    with tempfile.TemporaryDirectory(prefix='pregon-bench-', dir='/tmp') as folder:
        try:
            for number, (name, (database, settings)) in enumerate(plans.items()):
                settings = {'PREGON_AUTH_TIMESTAMP_WINDOW': '86400', **settings}
                stacks[name] = Stack(f'{folder}/{number}', database, settings)
            socket = f'{folder}/bare.sock'
            bare = subprocess.Popen([BUILD / 'bench' / 'bare_responder', socket, str(BARE_THREADS)])
            for stack in stacks.values():
                stack.add_bare_location(socket)
            yield stacks, bare
        finally:
            if bare:
                bare.kill()
                bare.wait()
            for state in Path(folder).glob('*/stack.state'):  # also of a stack half up
                subprocess.run([str(TESTS / 'stack'), 'down', str(state.parent)], timeout=PATIENCE)


def until(holds, what):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f'{what}: not there after {PATIENCE} s')
        time.sleep(0.05)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except OSError:
        return False


def cpu_seconds(pid):
    """User and system time of all threads of the process so far."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def cpu_usage(pids):
    """cpu_seconds of each; who has ended meanwhile is left out."""
    usage = {}
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            usage[pid] = cpu_seconds(pid)
    return usage


def cpu_growth(before, after):
    return sum(seconds - before.get(pid, 0) for pid, seconds in after.items())


def children(pid):
    return [int(child) for child in Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


def machine_seconds():
    """Seconds that the machine's cores were busy so far, with whatever."""
    fields = Path('/proc/stat').read_text().split('\n')[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(field) for field in fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf('SC_CLK_TCK')


def syncs_per_second(folder, seconds=1.0):
    """How often the disk below the folder takes 4 KiB for good, one after the other."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        block, count, started = os.urandom(4096), 0, time.monotonic()
        while (passed := time.monotonic() - started) < seconds:
            os.pwrite(file.fileno(), block, count % 256 * 4096)
            os.fdatasync(file.fileno())
            count += 1
        return count / passed
