// Catch's own main, in a unit of its own: it takes longer to compile than all the tests.
#define CATCH_CONFIG_MAIN
#include "catch.hpp"
