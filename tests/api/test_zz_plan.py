import pytest
from datetime import timedelta
from django.db import connection
from django.test.utils import CaptureQueriesContext
from melayani.cases import open311_queries as q
from melayani.cases.queries import public_cases
from tests.builders import a_case
from tests.conftest import MONDAY
pytestmark=[pytest.mark.django_db]
def test_plan():
    for i in range(30): a_case()
    def plan(f):
        with CaptureQueriesContext(connection) as c: f()
        for x in c.captured_queries:
            print(x["sql"][:3000]); 
        # re-run with params through cursor hook
    from django.db.models import QuerySet
    seen=[]
    def hook(execute, sql, params, many, context):
        if sql.startswith("SELECT"): seen.append((sql,params))
        return execute(sql,params,many,context)
    with connection.execute_wrapper(hook):
        q.requests_filed(since=MONDAY-timedelta(days=90), before=MONDAY+timedelta(days=1))
        q.public_updates(since=MONDAY-timedelta(days=90), before=MONDAY+timedelta(days=1))
        public_cases(at=MONDAY)
    with connection.cursor() as c:
        c.execute("ANALYZE")
        for sql,params in seen:
            print(sql,params)
            c.execute(("EXPLAIN QUERY PLAN " if connection.vendor=="sqlite" else "EXPLAIN ")+sql, params)
            for r in c.fetchall(): print("   ", r)
