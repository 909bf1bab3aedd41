"""Tasks of the `gate` cluster. A task is only a nudge: the rows say what there is to do."""

from gate import runner


def run_checks(submission_id: int) -> None:
    runner.run(submission_id)
