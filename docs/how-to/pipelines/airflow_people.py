"""People to Gainsight every night, as an Airflow DAG."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime, timedelta

from airflow.exceptions import AirflowException, AirflowFailException
from airflow.sdk import dag, task

NOT_FINISHED = 3
GOOD = (0, 1)
TARGET = os.environ.get("GSPREP_TARGET", "--sandbox").split()


@dag(schedule="15 2 * * *", start_date=datetime(2026, 1, 1), catchup=False)  # noqa: DTZ001  of the DAG
def people_to_gainsight() -> None:
    """Load the people; a night that was not finished is tried again, wrong data is not."""

    @task(retries=3, retry_delay=timedelta(minutes=30))
    def load(folder: str) -> dict[str, int]:
        """Run gsprep in a folder and return the counts of people by outcome."""
        words = ["gsprep", "run", "export.csv", "--companies", "companies.csv", *TARGET]
        limits = ["--changed-only", "--max-rejected", "20%", "--tolerate", "5%", "--json"]
        done = subprocess.run(  # noqa: S603  the words above
            [*words, *limits], cwd=folder, stdout=subprocess.PIPE, text=True, check=False
        )
        told = json.loads(done.stdout)
        if done.returncode in GOOD:
            counts: dict[str, int] = told["persons"]
            return counts
        if done.returncode == NOT_FINISHED:
            raise AirflowException("not finished: the next attempt goes on")
        raise AirflowFailException(f"exit code {done.returncode}: {told.get('message', '')}")

    load("/data")


people_to_gainsight()
