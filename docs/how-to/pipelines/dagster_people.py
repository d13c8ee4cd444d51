"""People to Gainsight every night, as a Dagster asset."""

from __future__ import annotations

import json
import os
import subprocess

import dagster as dg

NOT_FINISHED = 3
GOOD = (0, 1)
FOLDER = os.environ.get("GSPREP_FOLDER", "/data")
TARGET = os.environ.get("GSPREP_TARGET", "--sandbox").split()


@dg.asset(retry_policy=dg.RetryPolicy(max_retries=3, delay=1_800))
def gainsight_people() -> dg.MaterializeResult:
    """Load the people; a night that was not finished is tried again, wrong data is not."""
    words = ["gsprep", "run", "export.csv", "--companies", "companies.csv", *TARGET]
    limits = ["--changed-only", "--max-rejected", "20%", "--tolerate", "5%", "--json"]
    done = subprocess.run(  # noqa: S603  the words above
        [*words, *limits], cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False
    )
    told = json.loads(done.stdout)
    if done.returncode not in GOOD:
        raise dg.Failure(
            description=f"exit code {done.returncode}: {told.get('message', '')}",
            allow_retries=done.returncode == NOT_FINISHED,
        )
    return dg.MaterializeResult(metadata={"read": told["read"], **told["persons"]})


people_job = dg.define_asset_job("people_job", selection=[gainsight_people])
definitions = dg.Definitions(
    assets=[gainsight_people],
    schedules=[dg.ScheduleDefinition(job=people_job, cron_schedule="15 2 * * *")],
)
