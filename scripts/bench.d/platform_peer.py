"""The other side of the ingest measurement: FastAPI, pydantic and SQLite, checking the same fields and as durable.

Started by scripts/bench.d/platform_bench.py as `platform_peer.py PORT DATABASE TOKEN`. Requests wait for the commit that holds their
row; a thread of its own writes whatever is queued in one transaction, as the platform does."""

import asyncio
import base64
import hashlib
import os
import queue
import sqlite3
import sys
import threading

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

PORT, DATABASE, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PHOTOS = DATABASE + ".photos"
GROUP = 128


class Extra(BaseModel):
    device_type: str
    person_type: int = Field(ge=1, le=5)
    device_ip: str = Field(max_length=64)
    spot_pic: str | None = None
    grab_fiqa_info: dict | None = None
    box_fiqa_info: dict | None = None


class Event(BaseModel):
    score: float
    reg_pic: str | None = None
    group_name: str = Field(max_length=256)
    identity_id: str = Field(min_length=1, max_length=64)
    identity_name: str = Field(max_length=256)
    timestamp: int = Field(ge=0)
    ext_data: Extra


app = FastAPI()
waiting = queue.Queue(maxsize=1024)


def keep(photo):
    content = base64.b64decode(photo, validate=True)
    name = hashlib.sha256(content).hexdigest()
    path = os.path.join(PHOTOS, name)
    if not os.path.exists(path):
        # Of the thread's own: the same photo may be under way more than once.
        fresh = f"{path}.{threading.get_ident()}.new"
        with open(fresh, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(fresh, path)
    return name


def write():
    os.makedirs(PHOTOS, exist_ok=True)
    database = sqlite3.connect(DATABASE, isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE event(id INTEGER PRIMARY KEY, merge_key TEXT UNIQUE, taken_at BIGINT, identity_id TEXT, identity_name TEXT,"
        " person_type BIGINT, device_ip TEXT, group_name TEXT, score REAL, photo TEXT, detail TEXT);"
        "CREATE INDEX event_time ON event(taken_at); CREATE INDEX event_by_person ON event(identity_id, taken_at);"
    )
    while True:
        group = [waiting.get()]
        while len(group) < GROUP:
            try:
                group.append(waiting.get_nowait())
            except queue.Empty:
                break
        database.execute("BEGIN")
        for event, photo, _ in group:
            extra = event.ext_data
            key = f"{extra.device_ip}|{event.timestamp}|{event.identity_id}"
            database.execute(
                "INSERT INTO event(merge_key, taken_at, identity_id, identity_name, person_type, device_ip, group_name, score, photo, detail)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(merge_key) DO NOTHING",
                (key, event.timestamp, event.identity_id, event.identity_name, extra.person_type, extra.device_ip, event.group_name,
                 event.score, photo, extra.model_dump_json(exclude={"spot_pic"})),
            )
        database.execute("COMMIT")
        for _, _, (loop, done) in group:
            loop.call_soon_threadsafe(done.set_result, None)


@app.post("/device/realtime")
async def realtime(event: Event, authorization: str = Header()):
    if hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest() != hashlib.sha256(TOKEN.encode()).hexdigest():
        raise HTTPException(401)
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    photo = await loop.run_in_executor(None, keep, event.ext_data.spot_pic) if event.ext_data.spot_pic else None
    waiting.put((event, photo, (loop, done)))
    await done
    return {"code": 0, "message": "success"}


threading.Thread(target=write, daemon=True).start()
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="warning", access_log=False, loop="uvloop", http="httptools")
