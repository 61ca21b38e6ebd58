// Catch2 v2 wants its main compiled once; v3 brings its own and ignores this.
#define CATCH_CONFIG_MAIN
#include <tests/catch.hpp>
