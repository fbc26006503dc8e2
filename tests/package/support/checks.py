# SPDX-License-Identifier: MIT
"""What is asked of the installed package; each function makes one group of checks."""

import asyncio
import json
import os
import re
import signal
from pathlib import Path

from support import machine
from support.load import Load
from support.shop import Shop, sees

SERVICES = ['pregon-worker.service', 'pregon-fcgi.service', 'pregon-webhookd.service']
SOCKETS = ['pregon-worker.socket', 'pregon-worker-ipc.socket', 'pregon-fcgi.socket']
KEYS = Path('/etc/pregon/pregon.d/keys.env')
HIGHEST_EXPOSURE = 1.2


def installed(report):
    with report.check('sockets, target and services are active'):
        machine.await_active(*SOCKETS, 'pregon.target', *SERVICES)
    with report.check('they are enabled: they come back after a boot'):
        for unit in [*SOCKETS, 'pregon.target', *SERVICES]:
            assert machine.run('systemctl', 'is-enabled', unit).strip() == 'enabled', unit
    with report.check('the keys are made, and root alone may read them'):
        status = KEYS.stat()
        assert (status.st_uid, status.st_mode & 0o777) == (0, 0o600), status
        assert re.search(r'^REVERB_APP_SECRET=\S+', KEYS.read_text(), re.M)
    with report.check('pregon.env is for root and the daemons'):
        status = Path('/etc/pregon/pregon.env').stat()
        assert (status.st_uid, status.st_mode & 0o777) == (0, 0o640), status
        assert machine.run('stat', '-c', '%G', '/etc/pregon/pregon.env').strip() == 'pregon'
    with report.check('pregonctl check has nothing to say against it'):
        machine.run('pregonctl', 'check')
    with report.check('pregonctl status answers'):
        machine.run('pregonctl', 'status')


async def payment(report):
    with report.check('a payment goes from the phone to the dashboard'):
        await Shop().payment_arrives()


def exposure(report):
    for unit in SERVICES:
        with report.check(f'{unit}: exposure at most {HIGHEST_EXPOSURE}'):
            text = machine.run('systemd-analyze', 'security', '--no-pager', unit)
            print(text, flush=True)
            level = float(re.search(r'Overall exposure level for .*?: ([0-9.]+)', text)[1])
            assert level <= HIGHEST_EXPOSURE, level


def few_files(report):
    """A unit that gives the worker too few descriptors: doctor and check say so, and where."""
    unit = 'pregon-worker.service'
    drop_in = f'/etc/systemd/system/{unit}.d/files.conf'
    with report.check('a drop-in with LimitNOFILE=1024 is named by doctor, and warned of by check'):
        machine.write(drop_in, '[Service]\n# for a test\nLimitNOFILE=1024\n')
        machine.run('systemctl', 'daemon-reload')
        machine.run('systemctl', 'restart', unit)
        finding = open_files()
        assert finding['result'] == 'failure', finding
        assert finding['where'] == f'{drop_in}:3', finding
        assert 'may open 1024 files' in finding['text'], finding
        assert f'the running worker (pid {machine.main_pid(unit)}) may open 1024 files' in machine.run(
            'pregonctl', 'check')
    with report.check('without it nothing is said'):
        Path(drop_in).unlink()
        machine.run('systemctl', 'daemon-reload')
        machine.run('systemctl', 'restart', unit)
        assert open_files()['result'] == 'ok', open_files()
        assert 'may open' not in machine.run('pregonctl', 'check')


def open_files():
    """What doctor says about the descriptors of the running worker."""
    text = machine.run('pregonctl', 'doctor', '--json', check=False)  # and a word on stderr
    report = json.loads(next(line for line in text.splitlines() if line.startswith('{')))
    return next(one for one in report['findings'] if one['check'] == 'open-files')


async def restarts(report):
    shop = Shop()
    for unit in SERVICES:
        with report.check(f'a restart of {unit} under load refuses nobody'):
            before = machine.main_pid(unit)
            async with Load(shop) as load:
                await asyncio.to_thread(machine.run, 'systemctl', 'restart', unit)
                await load.more()
            assert load.refused == [], load.refused
            assert machine.main_pid(unit) not in (0, before)


async def hung_worker(report):
    unit = 'pregon-worker.service'
    with report.check('the watchdog ends a worker that hangs, and it comes back'):
        hung = machine.main_pid(unit)
        os.kill(hung, signal.SIGSTOP)
        await asyncio.to_thread(
            machine.wait_until, lambda: machine.main_pid(unit) not in (0, hung),
            'another worker')
        await asyncio.to_thread(machine.await_active, unit)
        assert 'watchdog' in machine.journal('-u', unit, '--grep', '[Ww]atchdog').lower()
        await Shop().payment_arrives()


async def denied_calls(report):
    """The units answer EPERM to a system call outside their filter; here it kills instead."""
    with report.check('no system call that the sandbox denies is in use'):
        for unit in SERVICES:
            machine.write(f'/run/systemd/system/{unit}.d/kill.conf',
                          '[Service]\nSystemCallErrorNumber=kill\n')
        machine.run('systemctl', 'daemon-reload')
        machine.run('systemctl', 'restart', *SERVICES)
        started = [machine.main_pid(unit) for unit in SERVICES]
        await Shop().payment_arrives()
        machine.run('systemctl', 'reload', *SERVICES)
        machine.run('pregonctl', 'upgrade')
        await Shop().payment_arrives()
        async with Load(Shop()) as load:
            await load.more()
        assert load.refused == [], load.refused
        assert started == [machine.main_pid(unit) for unit in SERVICES], 'a daemon was killed'
        for unit in SERVICES:
            machine.run('systemctl', 'stop', *SOCKETS, unit)
            assert machine.show(unit, 'Result') == 'success', machine.show(unit, 'Result')
        machine.run('systemctl', 'start', *SOCKETS, *SERVICES)


def logs(report):
    for unit, line in zip(SERVICES, ['worker ready', 'fcgi ready', 'webhookd ready']):
        with report.check(f'{unit}: the journal is plain lines with their priority'):
            text = machine.journal('-u', unit, '-o', 'cat')
            assert re.search(f'^{line}', text, re.M), text
            assert not re.search(r'^<\d>', text, re.M), text
            assert line in machine.journal('-u', unit, '-p', 'notice', '-o', 'cat')
    with report.check('the secret is in no log'):
        secret = re.search(r'^REVERB_APP_SECRET=(\S+)', KEYS.read_text(), re.M)[1]
        assert secret not in machine.journal()
        for log in Path('/var/log').rglob('*'):
            assert not log.is_file() or secret.encode() not in log.read_bytes(), log


async def upgrade(report, packages, workers=None):
    """`workers`: units that run, each with its IPC socket; else the only one."""
    workers = workers or {SERVICES[0]: '/run/pregon/worker.sock'}
    units = [*workers, 'pregon-fcgi.service']
    with report.check('an upgrade under load refuses nobody, and its dashboards notice nothing'):
        shop = Shop()
        before = [machine.main_pid(unit) for unit in units]
        keys = KEYS.read_bytes()
        machine.write('/etc/pregon/pregon.d/own.env', 'PREGON_LOG_LEVEL=debug\n')
        dashboards = [await shop.watch() for _ in range(20)]
        async with Load(shop) as load:
            print(await asyncio.to_thread(machine.install, *packages), flush=True)
            await load.more()
        assert load.refused == [], load.refused
        machine.await_active(*units)
        after = [machine.main_pid(unit) for unit in units]
        assert after[:-1] == before[:-1], ('workers keep their process ids', before, after)
        assert after[-1] != before[-1], ('the responder is another process', before, after)
        for pid in after:
            assert not os.readlink(f'/proc/{pid}/exe').endswith(' (deleted)'), 'the old program'
        assert KEYS.read_bytes() == keys, 'the keys have changed'
        text = await asyncio.to_thread(shop.pay)
        for dashboard in dashboards:
            await sees(dashboard, text)
            await dashboard.close()
        for socket in workers.values():
            assert status_of(socket)['upgrades'] == 1, status_of(socket)
    await payment(report)


def status_of(socket):
    return json.loads(machine.run('env', f'PREGON_IPC_SOCKET={socket}', 'pregonctl', 'status', '--json'))


async def several_workers(report):
    """As docs/cluster.md says, with the shipped units and examples: the units, with their sockets."""
    examples = Path('/usr/share/doc/pregon/examples')
    workers = {f'pregon-worker@{i}.service': f'/run/pregon/worker-{i}.sock' for i in (1, 2)}
    with report.check('two workers over a Redis, in place of the one'):
        machine.install('redis-server')
        machine.await_active('redis-server')
        machine.write('/etc/pregon/pregon.d/cluster.env',
                      'REVERB_SCALING_ENABLED=true\nREDIS_HOST=127.0.0.1\n'
                      f'PREGON_WORKER_SOCKETS={",".join(workers.values())}\n')
        machine.write('/etc/systemd/system/pregon-worker@.service.d/redis.conf',
                      (examples / 'systemd/pregon-redis.conf').read_text(encoding='utf-8'))
        machine.write('/etc/nginx/conf.d/pregon-upstreams.conf',
                      (examples / 'nginx/pregon-cluster-upstreams.conf').read_text(encoding='utf-8'))
        machine.run('systemctl', 'daemon-reload')
        machine.run('systemctl', 'mask', '--now', *SOCKETS[:2], SERVICES[0])
        for i in (1, 2):
            machine.run('systemctl', 'enable', '--now', f'pregon-worker@{i}.socket',
                        f'pregon-worker-ipc@{i}.socket', f'pregon-worker@{i}.service')
        machine.run('systemctl', 'restart', 'pregon-fcgi')
        # After a reload nginx's old processes would still accept for a moment, for the one worker.
        machine.run('systemctl', 'restart', 'nginx')
        machine.await_active(*workers, 'pregon-fcgi.service')
        for socket in workers.values():
            machine.wait_until(lambda socket=socket: not status_of(socket)['cluster']['degraded'],
                               f'the worker of {socket} has joined')
    with report.check('a payment reaches the dashboards of both'):
        shop = Shop()
        dashboards = [await shop.watch() for _ in range(10)]
        assert [status_of(socket)['connections'] for socket in workers.values()] == [5, 5]
        text = await asyncio.to_thread(shop.pay)
        for dashboard in dashboards:
            await sees(dashboard, text)
            await dashboard.close()
    return workers


def removed(report, written=('own.env',)):
    """`written`: what the tests have put into pregon.d."""
    with report.check('removed: nothing runs, what was configured stays'):
        machine.run('apt-get', 'remove', '--yes', 'pregon', 'pregon-demo')
        for unit in [*SOCKETS, *SERVICES]:
            assert not machine.is_active(unit), unit
        assert not Path('/run/pregon').exists()
        assert KEYS.exists() and Path('/etc/pregon/pregon.env').exists()
        assert Path('/var/lib/pregon/pregon.db').exists()
    with report.check('purged: what the administrator wrote stays, and nothing else'):
        machine.run('apt-get', 'purge', '--yes', 'pregon', 'pregon-demo')
        left = sorted(str(path) for folder in ('/etc/pregon', '/var/lib', '/usr/share/pregon')
                      for path in Path(folder).rglob('*') if 'pregon' in str(path)
                      and not str(path).startswith(('/var/lib/dpkg', '/var/lib/apt')))
        wanted = ['/etc/pregon/pregon.d', *(f'/etc/pregon/pregon.d/{name}' for name in written)]
        assert left == wanted, left
