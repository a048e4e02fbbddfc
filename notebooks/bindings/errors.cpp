// Each exception of C++ becomes the Python exception of the same name and text (gradus/errors.py).
#include "models/training/trainer.hpp"
#include "notebooks/bindings/bindings.hpp"

namespace gradus::python {
namespace {

nb::object python_error_type(const char* name) {
  return nb::module_::import_("gradus.errors").attr(name);
}

void raise(const char* name, const Error& error) {
  PyErr_SetString(python_error_type(name).ptr(), error.what());
}

void raise(const AnomalyError& error) {
  const nb::object type = python_error_type("AnomalyError");
  const nb::object exception = type(error.what());
  exception.attr("op") = error.op;
  exception.attr("phase") = error.phase;
  exception.attr("chain") = error.chain;
  exception.attr("path") = error.path;
  PyErr_SetObject(type.ptr(), exception.ptr());
}

void translate(const std::exception_ptr& thrown, void*) {
  try {
    std::rethrow_exception(thrown);
  } catch (const AnomalyError& error) {
    raise(error);
  } catch (const training::DivergedError& error) {
    raise("DivergedError", error);
  } catch (const ShapeError& error) {
    raise("ShapeError", error);
  } catch (const DTypeError& error) {
    raise("DTypeError", error);
  } catch (const IndexError& error) {
    raise("IndexError", error);
  } catch (const GradError& error) {
    raise("GradError", error);
  } catch (const FormatError& error) {
    raise("FormatError", error);
  } catch (const IoError& error) {
    raise("IoError", error);
  } catch (const ValueError& error) {
    raise("ValueError", error);
  } catch (const Error& error) {
    raise("Error", error);
  }
}

}  // namespace

void bind_errors() { nb::register_exception_translator(translate); }

}  // namespace gradus::python
