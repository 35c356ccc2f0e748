"""What waits in the queue, done at once by whoever asks."""

import json

from django.db import connection
from procrastinate.contrib.django import app


def run_all() -> int:
    """Run jobs until nothing waits, on this connection; answers how many."""
    done = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "delete from procrastinate_jobs where id = (select min(id) from procrastinate_jobs where "
                "status = 'todo') returning task_name, args::text"
            )
            job = cursor.fetchone()
            if job is None:
                return done
            app.tasks[job[0]].func(**json.loads(job[1]))
            done += 1
