"""Asks a server what it serves, knowing nothing but its address: health, and every method by reflection."""

import sys

import grpc
from google.protobuf import descriptor_pb2


def field(number: int, value: bytes) -> bytes:
    """One length-delimited field of a message; values here are shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


def fields(message: bytes):
    """The fields of a message, as number and bytes; numbers that are no bytes are left out."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            varint()
            continue
        assert key & 7 == 2, key
        length = varint()
        yield key >> 3, message[at:at + length]
        at += length


def ask(channel, request: bytes) -> bytes:
    method = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
    return next(method(iter([request]), timeout=20))


def main(target: str) -> None:
    channel = grpc.insecure_channel(target)
    health = channel.unary_unary("/grpc.health.v1.Health/Check")
    for service in sys.argv[2:] or [""]:
        request = field(1, service.encode()) if service else b""
        print("serving" if health(request, timeout=20) == b"\x08\x01" else "not serving", service)

    # list_services is field 7 of the request and 6 of the answer, its services' names are field 1 of field 1.
    listed = [value for number, value in fields(ask(channel, field(7, b""))) if number == 6]
    names = [dict(fields(service))[1].decode() for number, service in fields(listed[0]) if number == 1]
    for name in sorted(names):
        # file_containing_symbol is field 4 of the request; descriptors are field 4 of the answer, each in its field 1.
        described = [value for number, value in fields(ask(channel, field(4, name.encode()))) if number == 4]
        for number, file in fields(described[0]):
            proto = descriptor_pb2.FileDescriptorProto.FromString(file)
            for service in proto.service:
                if f"{proto.package}.{service.name}" != name:
                    continue
                for method in service.method:
                    streams = "stream" if method.client_streaming or method.server_streaming else "unary"
                    print(f"{name}/{method.name} {streams}")


main(sys.argv[1])
