# SPDX-License-Identifier: MIT
"""A shop of the demonstration: the phone that posts payments, the dashboard that sees them."""

import asyncio
import json
import urllib.request
import uuid
from pathlib import Path

import websockets

HOST = '127.0.0.1:8080'
PATIENCE_SECONDS = 60


class Shop:
    def __init__(self):
        demo = json.loads(Path('/var/lib/pregon-demo/demo.json').read_text(encoding='utf-8'))
        first = demo['shops'][0]
        self.key = demo['appKey']
        self.token = first['token']
        self.device = first['deviceId']
        self.channel = f'private-commerce.{first["commerceId"]}'

    def _post(self, path, fields):
        request = urllib.request.Request(
            f'http://{HOST}{path}', json.dumps(fields).encode(),
            {'Authorization': f'Bearer {self.token}', 'Content-Type': 'application/json',
             'Accept': 'application/json'})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.load(answer)

    def pay(self):
        """Posts one payment as the phone does; its text is returned. Raises unless it is a 201."""
        text = f'Yape! Juan Pérez te envió un pago por S/ 25.50. {uuid.uuid4()}'
        status, _ = self._post('/api/notifications', {
            'device_id': self.device, 'source_app': 'yape', 'title': 'Confirmación de Pago',
            'body': text, 'amount': 25.5, 'payer_name': 'Juan Pérez'})
        assert status == 201, status
        return text

    async def connect(self):
        """A WebSocket that has been greeted, and its socket id."""
        socket = await websockets.connect(f'ws://{HOST}/app/{self.key}?protocol=7',
                                          open_timeout=PATIENCE_SECONDS, ping_interval=None)
        greeting = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
        assert greeting['event'] == 'pusher:connection_established', greeting
        return socket, json.loads(greeting['data'])['socket_id']

    async def watch(self):
        """The dashboard: a WebSocket that has joined the shop's channel."""
        socket, socket_id = await self.connect()
        _, answer = await asyncio.to_thread(self._post, '/api/broadcasting/auth', {
            'socket_id': socket_id, 'channel_name': self.channel})
        await socket.send(json.dumps({'event': 'pusher:subscribe', 'data': {
            'channel': self.channel, 'auth': answer['auth']}}))
        joined = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS))
        assert joined['event'] == 'pusher_internal:subscription_succeeded', joined
        return socket

    async def payment_arrives(self):
        """One payment end to end: posted by the phone, seen on the dashboard."""
        dashboard = await self.watch()
        text = await asyncio.to_thread(self.pay)
        await sees(dashboard, text)
        await dashboard.close()


def is_open():
    """Whether the site answers /up with 200. An OSError for any other answer, and for none."""
    with urllib.request.urlopen(f'http://{HOST}/up', timeout=PATIENCE_SECONDS) as answer:
        return answer.status == 200


async def sees(dashboard, text):
    """Reads until the payment with this text has come."""
    while True:
        message = json.loads(await asyncio.wait_for(dashboard.recv(), PATIENCE_SECONDS))
        if text in json.dumps(message, ensure_ascii=False) or text in str(message.get('data')):
            return
