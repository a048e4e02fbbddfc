// The one include for tests: Catch2 2 and 3 keep their headers in different places.
#pragma once

#ifdef GRADUS_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
