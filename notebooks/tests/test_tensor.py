"""Tensors beside NumPy's arrays: shared memory, indexing, arithmetic."""

import gc

import gradus
import numpy
import pytest


@pytest.mark.parametrize("dtype", [numpy.float32, numpy.float64, numpy.int64, numpy.bool_])
def test_both_ways_memory_is_shared(dtype):
    array = numpy.zeros((2, 3), dtype)
    x = gradus.from_numpy(array)
    array[1, 2] = 1
    assert x[1, 2].item() == 1
    x[0, 1] = 1
    assert array[0, 1] == 1
    back = x.numpy()
    assert back.dtype == dtype and numpy.shares_memory(array, back)
    assert x.data_ptr() == array.ctypes.data


def test_a_tensor_keeps_the_array_and_an_array_the_tensor():
    x = gradus.from_numpy(numpy.arange(1000.0))
    gc.collect()
    gradus.zeros([1000], gradus.float64)
    assert x.sum().item() == 499500
    array = gradus.arange(1000).numpy()
    gc.collect()
    gradus.zeros([1000], gradus.int64)
    assert array.sum() == 499500


def test_views_and_strides_are_shared():
    array = numpy.arange(24.0).reshape(4, 6)
    x = gradus.from_numpy(array[::2, 1::2])
    assert x.stride() == (12, 2) and x.shape == (2, 3)
    numpy.testing.assert_array_equal(x.contiguous().numpy(), array[::2, 1::2])
    t = gradus.from_numpy(array).T
    assert numpy.shares_memory(t.numpy(), array)
    numpy.testing.assert_array_equal(t.numpy(), array.T)
    assert gradus.zeros([0, 3]).numpy().shape == (0, 3)
    assert gradus.tensor(2.5).numpy().shape == ()


def test_what_cannot_be_shared_is_refused_and_copied_by_tensor():
    with pytest.raises(gradus.DTypeError, match="cannot share float16"):
        gradus.from_numpy(numpy.zeros(2, numpy.float16))
    with pytest.raises(gradus.ValueError, match="strides"):
        gradus.from_numpy(numpy.arange(3.0)[::-1])
    frozen = numpy.arange(3.0)
    frozen.flags.writeable = False
    with pytest.raises(gradus.ValueError, match="read-only"):
        gradus.from_numpy(frozen)
    with pytest.raises(gradus.DTypeError):
        gradus.from_numpy(numpy.zeros(2, ">f4"))
    assert gradus.tensor(numpy.arange(3.0)[::-1]).tolist() == [2, 1, 0]
    assert gradus.tensor(numpy.zeros(2, numpy.float16)).dtype == gradus.float32
    assert gradus.tensor(numpy.arange(3, dtype=numpy.int8)).dtype == gradus.int64
    copied = gradus.tensor(frozen)
    copied[0] = 5
    assert frozen[0] == 0


def test_a_tensor_with_a_gradient_gives_no_array():
    x = gradus.ones([2]).requires_grad_()
    with pytest.raises(gradus.GradError, match="detach"):
        x.numpy()
    with pytest.raises(gradus.GradError, match="detach"):
        numpy.asarray(x)
    assert x.detach().numpy().tolist() == [1, 1]


def test_numpy_reads_tensors():
    x = gradus.tensor([[1.0, 2.0]])
    assert numpy.shares_memory(numpy.from_dlpack(x), x.numpy())
    assert numpy.asarray(x).dtype == numpy.float32


def test_the_dtypes_of_tensor():
    assert gradus.tensor([1.0]).dtype == gradus.float32
    assert gradus.tensor([1]).dtype == gradus.int64
    assert gradus.tensor([True]).dtype == gradus.bool_
    assert gradus.tensor(numpy.ones(2)).dtype == gradus.float64
    assert gradus.tensor([1, 2], dtype=gradus.float64).dtype == gradus.float64
    assert gradus.tensor([1.0], requires_grad=True).requires_grad
    assert gradus.tensor(gradus.ones([2])).tolist() == [1, 1]
    with pytest.raises(gradus.DTypeError):
        gradus.tensor(["a"])


INDICES = [
    0,
    -1,
    slice(1, None),
    slice(None, None, 2),
    (slice(None), 1),
    (..., 0),
    (0, ..., slice(1, 3)),
    (None, 1),
    (slice(None), None, 2),
    numpy.array([2, 0]),
    (slice(None), numpy.array([2, 0, 1])),
    (numpy.array([0, 1]), slice(None), numpy.array([1, 3])),
    (..., numpy.array([[0], [3]])),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing_is_that_of_numpy(index):
    array = numpy.arange(60.0).reshape(3, 5, 4)

    def ours(part):
        return gradus.from_numpy(part) if isinstance(part, numpy.ndarray) else part

    place = tuple(map(ours, index)) if isinstance(index, tuple) else ours(index)
    numpy.testing.assert_array_equal(gradus.from_numpy(array)[place].numpy(), array[index])


def test_masks():
    array = numpy.arange(12.0).reshape(3, 4)
    x = gradus.from_numpy(array.copy())
    numpy.testing.assert_array_equal(x[x > 5].numpy(), array[array > 5])
    rows = numpy.array([True, False, True])
    numpy.testing.assert_array_equal(x[gradus.from_numpy(rows), 1:].numpy(), array[rows, 1:])
    x[x > 5] = 0
    assert x.sum().item() == 15


def test_assignment():
    array, x = numpy.zeros((3, 4)), gradus.zeros([3, 4], gradus.float64)
    for place, value in [(0, 1.0), ((slice(None), 2), 3.0), ((..., -1), numpy.arange(3.0))]:
        array[place] = value
        x[place] = gradus.from_numpy(value) if isinstance(value, numpy.ndarray) else value
    numpy.testing.assert_array_equal(x.numpy(), array)
    with pytest.raises(gradus.IndexError):
        x[gradus.tensor([0, 1])] = 1.0


@pytest.mark.parametrize("place", [3, (0, 0, 0), "a", 1.5, (slice(None), -5)], ids=str)
def test_indices_out_of_range_or_of_the_wrong_kind(place):
    with pytest.raises(gradus.IndexError):
        gradus.zeros([3, 4])[place]


def test_iteration_ends():
    assert [row.tolist() for row in gradus.tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]


def test_operators():
    a, b = numpy.array([1.0, 2.0]), numpy.array([4.0, 8.0])
    x, y = gradus.from_numpy(a), gradus.from_numpy(b)
    pairs = [
        (x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b), (x**y, a**b),
        (x + 1, a + 1), (1 - x, 1 - a), (2 * x, 2 * a), (2 / x, 2 / a), (2**x, 2**a), (x**2, a**2),
        (-x, -a), (abs(-x), a), (x @ y, a @ b), (x < y, a < b), (x >= 2, a >= 2), (x == 1, a == 1),
        ((x > 1) & (y > 1), (a > 1) & (b > 1)), (~(x > 1), ~(a > 1)),
    ]  # fmt: skip
    for ours, theirs in pairs:
        numpy.testing.assert_array_equal(ours.numpy(), theirs)
    x += 1
    x *= y
    assert x.tolist() == [8, 24]
    with pytest.raises(TypeError):
        x + "a"


def test_numbers_and_text():
    x = gradus.tensor(2.5)
    assert float(x) == 2.5 and int(x) == 2 and bool(x) and x.item() == 2.5
    assert isinstance(gradus.tensor(3).item(), int)
    assert repr(gradus.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    with pytest.raises(gradus.ShapeError):
        gradus.zeros([2]).item()
    assert len(gradus.zeros([2, 3])) == 2 and gradus.zeros([2, 3]).size(1) == 3


def test_shapes_are_taken_one_by_one_or_as_a_sequence():
    x = gradus.arange(24)
    assert x.view(2, 3, 4).shape == x.view((2, 3, 4)).shape == x.reshape([2, -1, 4]).shape
    assert x.view(2, 3, 4).permute(2, 0, 1).shape == (4, 2, 3)
    assert gradus.permute(x.view(2, 12), (1, 0)).shape == (12, 2)
    assert gradus.zeros([1, 3]).expand(4, -1).stride() == (0, 1)


def test_reductions():
    array = numpy.random.default_rng(0).normal(size=(3, 4))
    x = gradus.from_numpy(array)
    for ours, theirs in [
        (x.sum(), array.sum()), (x.sum(0), array.sum(0)), (x.mean(dim=(0, 1)), array.mean()),
        (x.sum(dim=1, keepdim=True), array.sum(1, keepdims=True)), (x.max(), array.max()),
        (x.std(dim=0), array.std(0, ddof=1)), (x.var(correction=0), array.var()),
        (x.argmax(dim=1), array.argmax(1)), (gradus.cumsum(x, 1), array.cumsum(1)),
    ]:  # fmt: skip
        numpy.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-12)
    values, indices = x.max(dim=1)
    numpy.testing.assert_array_equal(indices.numpy(), array.argmax(1))
    assert x.topk(2).values.shape == (3, 2)


def test_the_same_seed_gives_the_same_numbers():
    gradus.manual_seed(7)
    a = gradus.randn([5]).tolist()
    gradus.manual_seed(7)
    assert gradus.randn([5]).tolist() == a
    threads = gradus.num_threads()
    gradus.set_num_threads(1)
    assert gradus.num_threads() == 1
    gradus.set_num_threads(threads)
