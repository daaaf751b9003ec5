# make study   a matched study on real patients, ends with out/rotterdam.html
# make test    every test, in two libraries: Debian's packages, and the newest from CRAN
# make check   make test, then R CMD check --as-cran
# The rest is for developers: document lint format bench core-test site clean

SHELL := /bin/sh
LIB := $(CURDIR)/.lib
BUILD := $(CURDIR)/.build
STUDY_LIB := $(LIB)/debian
# R sees the project's library first, then what the system has; never the user's own.
WITH_DEBIAN := R_LIBS_USER=$(LIB)/none R_LIBS=$(LIB)/debian:$(LIB)/cran
WITH_NEWEST := R_LIBS_USER=$(LIB)/none R_LIBS=$(LIB)/newest:$(LIB)/cran
WITH_BENCH := R_LIBS_USER=$(LIB)/none R_LIBS=$(LIB)/bench:$(LIB)/newest:$(LIB)/cran
sources := DESCRIPTION NAMESPACE $(shell find R src inst data -type f ! -name '*.o' ! -name '*.so' 2>/dev/null)

.PHONY: study test check document lint format bench core-test site clean setup-study setup-test setup-check newest

study: setup-study $(LIB)/debian/survmatch/DESCRIPTION
	@$(WITH_DEBIAN) Rscript tools/study-rotterdam.R out

test: setup-test newest
	@sh tools/run-all-tests.sh

core-test:
	@$(MAKE) --no-print-directory -C tests/cpp run

check: test setup-check
	@sh tools/check-as-cran.sh

document:
	@Rscript -e 'Rcpp::compileAttributes()'
	@sh tools/list-objects.sh
	@Rscript -e 'roxygen2::roxygenise(load_code = "source")'

lint:
	@Rscript -e 'found <- lintr::lint_package(); print(found); quit(status = length(found) > 0)'
	@sh tools/check-includes.sh

format:
	@find src/core src/glue*.cpp src/glue.h tests/cpp \( -name '*.[ch]pp' -o -name 'glue.h' \) -exec clang-format -i {} +

# What only the benches compare with has a library of its own.
bench: newest $(LIB)/newest/survmatch/DESCRIPTION
	@$(WITH_NEWEST) Rscript tools/install-newest.R $(LIB)/bench glmnet mets coxstream
	@for script in bench/*.R; do $(WITH_BENCH) Rscript "$$script" || exit 1; done

site: setup-check $(LIB)/debian/survmatch/DESCRIPTION
	@$(WITH_DEBIAN) Rscript tools/build-site.R out/site

setup-study setup-test setup-check:
	@sh tools/setup.sh $(@:setup-%=%)

newest: setup-test
	@$(WITH_NEWEST) Rscript tools/install-newest.R $(LIB)/newest

$(LIB)/debian/survmatch/DESCRIPTION $(LIB)/newest/survmatch/DESCRIPTION: $(sources)
	@sh tools/install-package.sh $(@:%/survmatch/DESCRIPTION=%)

clean:
	rm -rf $(BUILD) out src/*.o src/*.so src/core/*/*.o
