# SPDX-License-Identifier: EUPL-1.2
"""Two acts on one case at the same moment, on two connections of a real instance: one waits, none is lost.

Runs in a process of its own, because transactions of two connections need committed rows.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.site.running import environment, settings_of

WALK = """
import json, sys, threading, time
import django
django.setup()
from datetime import timedelta
from django.db import connection, transaction
from melayani.cases import actions, citizen_actions
from melayani.cases.models import Case, Event
from melayani.cases.rules import CITIZEN
from melayani.ground.clock import now
from tests.builders import DISHUB, a_waiting_case, triage_actor
from tests.builders import filed

at = now()
told = filed(at=at, service="", topic="")
nanik = triage_actor()
assigned, said = threading.Event(), []

def assign():
    with transaction.atomic():
        actions.assign_case(number=told.number, unit=DISHUB, reason="Tugas Dishub.", by=nanik, at=at)
        assigned.set()
        time.sleep(0.5)
    connection.close()

def withdraw():
    assigned.wait(10)
    try:
        citizen_actions.withdraw_case(number=told.number, by=CITIZEN, at=at + timedelta(seconds=1))
        said.append("withdrawn")
    except Exception as error:
        said.append(type(error).__name__)
    connection.close()

threads = [threading.Thread(target=assign), threading.Thread(target=withdraw)]
[thread.start() for thread in threads]
[thread.join(30) for thread in threads]

# Four people send the same form at once.
answers = []
def send():
    answers.append(filed(at=at, token="sama-persis"))
    connection.close()
threads = [threading.Thread(target=send) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join(30) for thread in threads]
case = Case.objects.get(number=told.number)
print(json.dumps({
    "said": said,
    "kinds": list(Event.objects.filter(case=case).order_by("sequence").values_list("kind", flat=True)),
    "unit": case.unit.code,
    "numbers": len({a.number for a in answers}),
    "keys": len({a.key for a in answers}),
    "repeated": sum(a.repeated for a in answers),
}))
"""


def test_an_act_that_waited_for_another_sees_the_case_as_it_is_then(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", WALK],
        env=environment(**settings, DJANGO_SETTINGS_MODULE="melayani.site.settings", PYTHONPATH=str(root)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert told["said"] == ["withdrawn"]
    assert told["kinds"] == ["case.filed", "case.assigned", "case.withdrawn"]
    assert told["unit"] == "35.07.dishub"
    assert (told["numbers"], told["keys"], told["repeated"]) == (1, 1, 3)
