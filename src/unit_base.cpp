// Made by tools/list-objects.sh
#include "core/base/hooks.cpp"
