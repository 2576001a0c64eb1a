"""A relay board for tests: a real Modbus-TCP server (pymodbus) with COILS coils on a free port of the loopback address.

Says its port in the first line, then one line "COIL on|off MILLISECONDS" for each coil that is written: when that was, on a clock
that only goes forward.
usage: relay_board.py COILS [PORT]
"""

import asyncio
import sys
import time

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer


class Coils(ModbusSequentialDataBlock):
    """Coils that tell when they are written."""

    def setValues(self, address, values):
        super().setValues(address, values)
        for place, value in enumerate(values):
            print(address + place, "on" if value else "off", time.monotonic_ns() // 1_000_000, flush=True)


async def main(coils, port):
    slave = ModbusSlaveContext(co=Coils(0, [False] * coils), zero_mode=True)
    server = ModbusTcpServer(ModbusServerContext(slaves=slave, single=True), address=("127.0.0.1", port))
    serving = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print(server.server.sockets[0].getsockname()[1], flush=True)
    await serving


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
