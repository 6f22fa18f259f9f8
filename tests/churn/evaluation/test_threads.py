from threadpoolctl import threadpool_info

from churn.evaluation.threads import one_thread


def threads():
    pools = threadpool_info()
    return [pool["num_threads"] for pool in pools if pool["user_api"] == "blas"]


def test_one_thread_is_all_there_is_and_then_there_are_as_many_as_before():
    before = threads()

    with one_thread():
        during = threads()

    assert set(during) == {1}
    assert threads() == before
