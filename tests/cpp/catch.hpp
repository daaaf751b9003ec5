#pragma once

// The Catch header that the R package testthat ships.
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#include <testthat/vendor/catch.h>
