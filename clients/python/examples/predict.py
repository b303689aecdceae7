"""A toy model that is monitored: python3 examples/predict.py http://localhost:8080"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "src"))
from fleetmonitor import Recorder  # noqa: E402

recorder = Recorder(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8080", model="python-example")


@recorder.monitor
def predict(features):
    score = min(1.0, features["amount"] / 200)
    return ("1" if score >= 0.5 else "0"), score


chance = random.Random(1)
for _ in range(1_000):
    amount = chance.uniform(0, 200)
    answer, _score = predict({"amount": amount, "country": chance.choice(["DE", "FR"])})
    # The truth, which usually comes days later: nine of ten times the model is right.
    recorder.label(recorder.last_id(), answer if chance.random() < 0.9 else str(1 - int(answer)))

print(recorder.close())
