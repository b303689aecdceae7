"""What a gRPC server says about itself: services, methods and messages, for a client that has no proto of it."""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TIMEOUT = 20


def field(number: int, value: bytes) -> bytes:
    """One length-delimited field of a message; values here are shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


def fields(message: bytes):
    """The fields of a message that are bytes, each with its number."""
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


class Server:
    """A server's services, found by reflection, and their messages as classes."""

    def __init__(self, channel: grpc.Channel):
        self.channel = channel
        self.pool = descriptor_pool.DescriptorPool()
        self.services = {}
        self._messages = message_factory.MessageFactory(self.pool)
        self._files = set()
        # list_services is field 7 of the request and 6 of the answer; its services' names are field 1 of field 1.
        for number, service in fields(self._ask(field(7, b""), 6)):
            if number == 1:
                self._load(dict(fields(service))[1].decode())

    def message(self, name: str):
        return self._messages.GetPrototype(self.pool.FindMessageTypeByName(name))

    def stub(self, service: str):
        """An object with one callable a method, as generated stubs have."""
        kinds = {(False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary", (True, True): "stream_stream"}
        stub = type(service, (), {})()
        for method in self.services[service].method:
            call = getattr(self.channel, kinds[method.client_streaming, method.server_streaming])
            answer = self.message(method.output_type.lstrip("."))
            setattr(stub, method.name, call(f"/{service}/{method.name}", request_serializer=lambda m: m.SerializeToString(), response_deserializer=answer.FromString))
        return stub

    def _load(self, name: str) -> None:
        # file_containing_symbol is field 4 of the request; descriptors are field 4 of the answer, each in its field 1.
        files = [descriptor_pb2.FileDescriptorProto.FromString(file) for _, file in fields(self._ask(field(4, name.encode()), 4))]
        waiting = [file for file in files if file.name not in self._files]
        while waiting:
            ready = [file for file in waiting if set(file.dependency) <= self._files]
            assert ready, [file.name for file in waiting]
            for file in ready:
                self.pool.Add(file)
                self._files.add(file.name)
            waiting = [file for file in waiting if file.name not in self._files]
        for file in files:
            self.services.update({f"{file.package}.{service.name}": service for service in file.service})

    def _ask(self, request: bytes, answer: int) -> bytes:
        method = self.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
        return dict(fields(next(method(iter([request]), timeout=TIMEOUT))))[answer]
