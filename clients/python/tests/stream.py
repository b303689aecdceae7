"""Records N predictions with their labels at an even pace, and says in the end what became of them: python3 stream.py URL MODEL N"""

import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "src"))
from fleetmonitor import Recorder  # noqa: E402

url, model, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
recorder = Recorder(url, model, batch_size=50, max_age=0.05, first_delay=0.05, max_delay=0.5)
pause = threading.Event()
for i in range(count):
    recorder.record(str(i % 2), {"x": i}, id=f"p-{i}")
    recorder.label(f"p-{i}", "1")
    if i % 50 == 49:
        pause.wait(0.05)
        print(i + 1, flush=True)
assert recorder.flush(90), recorder.stats()
stats = recorder.close()
print(f"accepted {stats.accepted} rejected {stats.rejected} dropped {stats.dropped} retried {stats.retries > 0}", flush=True)
