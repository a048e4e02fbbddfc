"""Profiler, memory, and context managers that are misused."""

import gradus
import pytest


def test_the_profiler_names_operations():
    x = gradus.randn([64, 64]).requires_grad_()
    with gradus.Profiler() as profiler:
        x.matmul(x).sum().backward()
    phases = {(row.name, row.phase) for row in profiler.rows}
    assert {("matmul", "forward"), ("matmul", "backward"), ("sum", "forward")} <= phases
    assert profiler.seconds > 0 and "traceEvents" in profiler.chrome_trace
    assert max(row.flops for row in profiler.rows) >= 2 * 64**3


def test_memory_is_counted():
    before = gradus.memory_stats().current
    x = gradus.zeros([1 << 20])
    assert gradus.memory_stats().current - before >= 4 << 20
    del x
    assert gradus.memory_stats().current == before


@pytest.mark.parametrize("scope", [gradus.no_grad, gradus.autograd.KeepValues, gradus.Profiler])
def test_a_scope_cannot_be_left_before_it_is_entered(scope):
    with pytest.raises(gradus.ValueError, match="__exit__ without __enter__"):
        scope().__exit__(None, None, None)
