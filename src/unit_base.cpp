// Made by tools/list-objects.sh
#include "core/base/hooks.cpp"
#include "core/base/large_pages.cpp"
#include "core/base/spare_pages.cpp"
