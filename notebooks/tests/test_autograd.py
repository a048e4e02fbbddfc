"""Gradients, operations of one's own, and whether a wrong one is found."""

import gc
import json
import weakref

import gradus
import numpy
import pytest
from gradus import autograd


def normal(*shape):
    return gradus.randn(shape, gradus.float64)


class Square(autograd.Function):
    @staticmethod
    def forward(ctx, x, factor=1.0):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x * x * factor

    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return 2 * ctx.factor * x * dy, None


class WrongSquare(Square):
    @staticmethod
    def backward(ctx, dy):
        (x,) = ctx.saved_tensors
        return ctx.factor * x * dy, None


class Split(autograd.Function):
    """Two results, of two tensors."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b, a + b

    @staticmethod
    def backward(ctx, dproduct, dsum):
        a, b = ctx.saved_tensors
        return dproduct * b + dsum, dproduct * a + dsum


class Exp(autograd.Function):
    """Saves its output."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, dy):
        (y,) = ctx.saved_tensors
        return dy * y


def test_backward_adds_to_grad():
    x = gradus.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x.pow(2).sum().backward()
    assert x.grad.tolist() == [2, 4, 6]
    x.pow(2).sum().backward()
    assert x.grad.tolist() == [4, 8, 12]
    x.grad = None
    assert x.grad is None and x.is_leaf and x.grad_fn is None


def test_grad_returns_and_does_not_accumulate():
    x, y = normal(3).requires_grad_(), normal(3).requires_grad_()
    (dx,) = autograd.grad((x * y).sum(), [x])
    numpy.testing.assert_array_equal(dx.numpy(), y.detach().numpy())
    assert x.grad is None
    assert autograd.grad(x.sum(), [y], allow_unused=True) == [None]
    with pytest.raises(gradus.GradError):
        autograd.grad(x.sum(), y)


def test_grad_modes():
    x = normal(2).requires_grad_()
    with gradus.no_grad():
        assert not (x * 2).requires_grad
        with gradus.enable_grad():
            assert (x * 2).requires_grad
        assert not autograd.grad_enabled()
    assert autograd.grad_enabled()

    @gradus.no_grad()
    def doubled():
        return x * 2

    assert not doubled().requires_grad and not doubled().requires_grad
    with pytest.raises(ZeroDivisionError), gradus.no_grad():
        1 / 0
    assert autograd.grad_enabled()


def test_hooks_see_and_replace():
    x = gradus.ones([2]).requires_grad_()
    seen = []
    handle = x.register_hook(lambda dx: seen.append(dx.tolist()))
    doubling = x.register_hook(lambda dx: dx * 2)
    (x * 3).sum().backward()
    assert seen == [[3, 3]] and x.grad.tolist() == [6, 6]
    handle.remove()
    doubling.remove()
    x.grad = None
    (x * 3).sum().backward()
    assert len(seen) == 1 and x.grad.tolist() == [3, 3]


def test_an_exception_of_a_hook_arrives():
    x = gradus.ones([2]).requires_grad_()

    def refuse(dx):
        raise KeyError("refused")

    x.register_hook(refuse)
    with pytest.raises(KeyError, match="refused"):
        x.sum().backward()


@pytest.mark.parametrize("function", [Square.apply, lambda x: Square.apply(x, 3.0), Exp.apply])
def test_a_function_of_ones_own_is_right_to_the_second_order(function):
    report = gradus.gradcheck(function, normal(3))
    assert report and report.passed and report.compared == 9, report
    assert gradus.gradgradcheck(function, normal(3))


def test_a_function_of_several():
    for pick in (0, 1):
        assert gradus.gradcheck(lambda a, b: Split.apply(a, b)[pick], [normal(2), normal(2)])
    assert gradus.gradcheck(lambda a, b: sum(Split.apply(a, b)), [normal(2), normal(2)])


def test_a_wrong_backward_is_found_and_the_element_named():
    x = gradus.tensor([0.5, 2.0, 1.0], dtype=gradus.float64)
    report = gradus.gradcheck(WrongSquare.apply, x)
    assert not report
    assert (report.culprit.input, report.culprit.output, report.culprit.element) == (0, 1, 1)
    assert report.culprit.analytic == 2 and report.culprit.numeric == pytest.approx(4)
    assert str(report) == report.failure and "analytic 2, numeric 4" in report.failure


def test_the_mistakes_of_a_function_are_named():
    x = normal(2).requires_grad_()

    class Same(Square):
        @staticmethod
        def forward(ctx, x):
            return x

    class TooFew(Square):
        @staticmethod
        def backward(ctx, dy):
            return dy

    class NotATensor(Square):
        @staticmethod
        def backward(ctx, dy):
            return "dx", None

    class OtherShape(Square):
        @staticmethod
        def backward(ctx, dy):
            return gradus.ones([3], gradus.float64), None

    with pytest.raises(gradus.GradError, match="Same: forward returned one of its inputs"):
        Same.apply(x)
    for mistaken, text in [
        (TooFew, "TooFew: backward returned 1 gradients for 2 inputs"),
        (NotATensor, "NotATensor: backward returned str for input 0"),
        (OtherShape, r"OtherShape: .*shape \[3\] for input 0 of shape \[2\]"),
    ]:
        with pytest.raises(gradus.GradError, match=text):
            mistaken.apply(x, 2.0).sum().backward()


def test_what_a_function_saved_is_freed_and_guarded():
    x = normal(2).requires_grad_()
    y = Square.apply(x[:1])
    y.backward()
    with pytest.raises(gradus.GradError, match="Square: backward ran through it already"):
        y.backward()
    z = x * 1
    y = Square.apply(z).sum()
    z.add_(1)
    with pytest.raises(gradus.GradError, match="changed in place"):
        y.backward()


def test_a_graph_frees_what_its_functions_hold():
    class Held:
        pass

    held = Held()
    alive = weakref.ref(held)

    class Holding(Exp):
        @staticmethod
        def forward(ctx, x):
            ctx.held = held_by[0]
            return Exp.forward(ctx, x)

    held_by = [held]
    y = Holding.apply(normal(2).requires_grad_())
    del held
    held_by.clear()
    gc.collect()
    assert alive() is not None
    del y
    gc.collect()
    assert alive() is None


def test_gradcheck_says_what_it_says_in_cpp():
    with pytest.raises(gradus.DTypeError, match="^gradcheck: inputs must be float64, not float32$"):
        gradus.gradcheck(gradus.exp, gradus.ones([2]))
    assert gradus.gradcheck(gradus.exp, normal(2))
    assert gradus.gradcheck(lambda x: x.sign().sum(), normal(2), zero_gradient=True)
    assert not gradus.gradcheck(lambda x: x.sign().sum(), normal(2))
    assert gradus.fast_gradcheck(lambda x: x.softmax(-1), normal(20, 20))


def test_the_engines_own_checks():
    assert all(autograd.check_op("softmax"))
    mutants = autograd.run_mutants("exp")
    assert mutants and all(m.caught for m in mutants if m.changed)
    with pytest.raises(gradus.ValueError, match="no operation is called 'nothing'"):
        autograd.check_op("nothing")


def test_derivatives_of_functions():
    x = normal(3)
    ((diagonal,),) = autograd.jacobian(lambda x: x.pow(2), x)
    numpy.testing.assert_allclose(diagonal.numpy(), numpy.diag(2 * x.numpy()))
    ((second,),) = autograd.hessian(lambda x: x.pow(3).sum(), x)
    numpy.testing.assert_allclose(second.numpy(), numpy.diag(6 * x.numpy()))
    outputs, product = autograd.jvp(lambda x: x * 2, x, gradus.ones_like(x))
    assert product[0].tolist() == [2, 2, 2]
    outputs, product = autograd.vjp(lambda x: x * 2, x, gradus.ones_like(x))
    assert outputs[0].tolist() == (x * 2).tolist() and product[0].tolist() == [2, 2, 2]


def test_a_checkpoint_gives_the_same_gradient():
    x = normal(4).requires_grad_()
    (y,) = autograd.checkpoint(lambda x: x.tanh().exp(), x)
    (through,) = autograd.grad(y.sum(), [x])
    (plain,) = autograd.grad(x.tanh().exp().sum(), [x])
    assert through.tolist() == plain.tolist()


def test_the_graph():
    x, w = normal(2, 3).requires_grad_(), normal(3).requires_grad_()
    with autograd.KeepValues():
        loss = (x @ w).tanh().sum()
        view = autograd.graph_view(loss, names={"x": x, "w": w}, gradients=True)
    ops = [node.op for node in view.nodes]
    assert ops.index("matmul") < ops.index("tanh") < ops.index("sum") == len(ops) - 1
    assert {node.name for node in view.nodes if node.op == "leaf"} == {"x", "w"}
    assert all(node.outputs[0].norm is not None for node in view.nodes)
    assert view.nodes[-1].outputs[0].gradient_norm == 1
    assert (ops.index("tanh"), ops.index("sum")) in [(e.source, e.to) for e in view.edges]
    assert view.to_dot().startswith("digraph")
    assert len(json.loads(view.to_json())["nodes"]) == len(view.nodes)
    assert x.grad is None


def test_anomaly_mode():
    x = gradus.zeros([2]).requires_grad_()
    with pytest.raises(gradus.AnomalyError) as caught, gradus.anomaly_mode():
        (x.log() * 2).sum()
    assert caught.value.op == "log" and caught.value.phase == "forward" and caught.value.chain


ERRORS = [
    (gradus.ShapeError, ValueError, lambda: gradus.zeros([2, 3]) @ gradus.zeros([4, 5]),
     "matmul: inner dimensions differ: [2, 3] × [4, 5]"),
    (gradus.DTypeError, TypeError, lambda: gradus.arange(2).exp(), "exp: expected float32 or float64, got int64"),
    (gradus.IndexError, IndexError, lambda: gradus.zeros([2]).softmax(1), None),
    (gradus.GradError, RuntimeError, lambda: gradus.zeros([2]).sum().backward(), None),
    (gradus.IoError, OSError, lambda: gradus.load_safetensors("/nowhere/at.all"), None),
    (gradus.ValueError, ValueError, lambda: gradus.clamp(gradus.zeros([2])), None),
]  # fmt: skip


@pytest.mark.parametrize("error, builtin, wrong, text", ERRORS, ids=lambda part: getattr(part, "__name__", ""))
def test_errors_are_those_of_cpp_and_of_python(error, builtin, wrong, text):
    with pytest.raises(error) as caught:
        wrong()
    assert isinstance(caught.value, (builtin, gradus.Error)) and issubclass(error, builtin)
    assert text is None or str(caught.value) == text


def test_a_damaged_file_is_a_format_error(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(gradus.FormatError, match="a.safetensors"):
        gradus.load_safetensors(tmp_path / "a.safetensors")
    gradus.save_safetensors(tmp_path / "b.safetensors", {"x": gradus.ones([2])})
    assert gradus.load_safetensors(tmp_path / "b.safetensors")["x"].tolist() == [1, 1]
