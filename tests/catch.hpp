// The one include for tests: Catch2 2 and 3 keep their headers in different places.
#pragma once

#ifdef GRADUS_CATCH2_V3
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
#include <string>
inline auto ContainsSubstring(const std::string& text) { return Catch::Contains(text); }
#endif
