# Inside of Tensor, `numpy` is the method.
gradus._gradus.core.Tensor.numpy:
    \from numpy import ndarray
    def numpy(self) -> ndarray:
        """An array that shares the tensor's memory and keeps it alive."""

gradus._gradus.core.Tensor.__array__:
    \from numpy import ndarray
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray: ...
