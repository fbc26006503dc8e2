# SPDX-License-Identifier: MIT
"""Newcomers and phones that go on without a pause: whoever is refused is counted."""

import asyncio

NEWCOMERS = 8
PHONES = 2
ENOUGH = 20


class Load:
    """`async with Load(shop) as load:` runs it; `load.refused` is the list of refusals."""

    def __init__(self, shop):
        self.shop = shop
        self.refused = []
        self.greeted = 0
        self.stored = 0
        self._ending = False

    async def __aenter__(self):
        self._tasks = [asyncio.create_task(self._repeat(self._come)) for _ in range(NEWCOMERS)]
        self._tasks += [asyncio.create_task(self._repeat(self._pay)) for _ in range(PHONES)]
        await self.more()
        return self

    async def __aexit__(self, *_):
        self._ending = True
        await asyncio.gather(*self._tasks)

    async def more(self):
        """Returns when a number of further newcomers and payments got through."""
        greeted, stored = self.greeted + ENOUGH, self.stored + ENOUGH
        async with asyncio.timeout(120):
            while self.greeted < greeted or self.stored < stored:
                if len(self.refused) > ENOUGH:
                    raise AssertionError(f'refused: {self.refused}')
                await asyncio.sleep(0.05)

    async def _repeat(self, act):
        while not self._ending:
            try:
                await act()
            except Exception as refusal:  # of whatever kind: the client was not served
                self.refused.append(f'{act.__name__}: {refusal!r}')
                if len(self.refused) > 10 * ENOUGH:
                    return

    async def _come(self):
        socket, _ = await self.shop.connect()
        self.greeted += 1
        await socket.close()

    async def _pay(self):
        await asyncio.to_thread(self.shop.pay)
        self.stored += 1
