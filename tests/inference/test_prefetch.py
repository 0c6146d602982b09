"""Reading ahead and writing behind."""

import threading
import time

import pytest

from nnunet_glacier.inference.prefetch import WriteBehind, read_ahead


def test_results_come_in_order_and_not_far_ahead():
    """However long each takes; at most as many as threads wait unused."""
    begun = []

    def slow(number):
        begun.append(number)
        time.sleep(0.01 * (number % 3))
        return number * 10

    results = read_ahead(slow, range(9), 2)
    assert next(results) == 0
    time.sleep(0.1)
    assert max(begun) <= 2
    assert list(results) == [10 * number for number in range(1, 9)]


def test_an_error_while_reading_reaches_the_caller():
    """As itself, at the place of its item."""
    results = read_ahead(lambda number: 1 // number, [1, 0], 2)
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_everything_is_written_on_leaving():
    """More tasks than threads and places."""
    written = []
    with WriteBehind(2) as behind:
        for number in range(20):
            behind.submit(written.append, number)
    assert sorted(written) == list(range(20))


def test_an_error_while_writing_is_raised_on_leaving():
    """It is not lost in its thread."""
    with pytest.raises(ZeroDivisionError), WriteBehind(1) as behind:
        behind.submit(lambda: 1 // 0)


def test_what_was_begun_is_finished_after_an_interruption():
    """And what was not begun is dropped."""
    begun, gate, written = threading.Event(), threading.Event(), []

    def first():
        begun.set()
        gate.wait(5)
        written.append(1)

    with pytest.raises(KeyboardInterrupt), WriteBehind(1) as behind:
        behind.submit(first)
        behind.submit(written.append, 2)
        begun.wait(5)
        threading.Timer(0.05, gate.set).start()
        raise KeyboardInterrupt
    assert written == [1]
