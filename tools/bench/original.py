"""The work of the original's two scripts, with the standard library alone: one reading of each device, written as JSON to a file."""
import json
import os
import select
import struct
import sys
import time
import tty

SLAVE, BLOCKS = 4, ((15201, 21), (25201, 79))
ASK_ALL = bytes.fromhex("4e5700130000000006030000000000006800000129")


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def ask(port, request, enough):
    os.write(port, request)
    answer = b""
    while not enough(answer):
        if not select.select([port], [], [], 1)[0]:
            sys.exit("no answer")
        answer += os.read(port, 512)
    return answer


def opened(path):
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port)
    return port


def inverter(path):
    port, values = opened(path), {}
    for start, count in BLOCKS:
        request = struct.pack(">BBHH", SLAVE, 3, start, count)
        answer = ask(port, request + crc(request), lambda data: len(data) >= 5 + 2 * count)
        if crc(answer[:-2]) != answer[-2:]:
            sys.exit("bad checksum")
        values.update(zip(range(start, start + count), struct.unpack(f">{count}H", answer[3:-2])))
        time.sleep(0.1)
    return values


def bms(path):
    length = lambda data: struct.unpack(">H", data[2:4])[0] + 2
    answer = ask(opened(path), ASK_ALL, lambda data: len(data) > 4 and len(data) >= length(data))
    cells = answer[13:13 + answer[12]]
    return [int.from_bytes(cells[at + 1:at + 3], "big") / 1000 for at in range(0, len(cells), 3)]


with open(sys.argv[3], "w") as file:
    json.dump({"inverter": inverter(sys.argv[1]), "cells": bms(sys.argv[2])}, file)
