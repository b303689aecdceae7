"""Asks a server what it serves, knowing nothing but its address: health, and every method by reflection."""

import sys

import grpc
import reflection

channel = grpc.insecure_channel(sys.argv[1])
health = channel.unary_unary("/grpc.health.v1.Health/Check")
for service in ["", *sys.argv[2:]]:
    request = reflection.field(1, service.encode()) if service else b""
    print("serving" if health(request, timeout=20) == b"\x08\x01" else "not serving", service)
for name, service in reflection.Server(channel).services.items():
    for method in service.method:
        print(f"{name}/{method.name}", "stream" if method.client_streaming or method.server_streaming else "unary")
