// Catch2 2.x compiles its runner into the program that asks for it.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
