# Gradus from another project, by find_package after an install and by add_subdirectory: the program
# that the README shows must build and print its gradient.
set(prefix ${CMAKE_CURRENT_BINARY_DIR}/prefix)
add_test(NAME "package: install" COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
         --prefix ${prefix})
set_tests_properties("package: install" PROPERTIES FIXTURES_SETUP installed)

function(add_package_test name source_dir)
  add_test(NAME "package: ${name}" COMMAND ${CMAKE_CTEST_COMMAND}
    --build-and-test ${source_dir} ${CMAKE_CURRENT_BINARY_DIR}/${name}
    --build-generator ${CMAKE_GENERATOR} --build-target first_gradient --build-noclean
    --build-options ${ARGN} -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}
    -DCMAKE_UNITY_BUILD=${CMAKE_UNITY_BUILD}
    -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
    "-DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}"
    --test-command first_gradient)
  set_tests_properties("package: ${name}" PROPERTIES PASS_REGULAR_EXPRESSION "dx = .2, 4, 6."
                       LABELS package COST 60)
endfunction()
add_package_test(find_package ${CMAKE_CURRENT_LIST_DIR} -Dgradus_ROOT=${prefix})
set_tests_properties("package: find_package" PROPERTIES FIXTURES_REQUIRED installed)
# This one compiles the engine anew: unoptimised and for one instruction set, to be done soon.
add_package_test(add_subdirectory ${CMAKE_CURRENT_LIST_DIR}/subdirectory
                 -DGRADUS=${PROJECT_SOURCE_DIR}
                 "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DHWY_COMPILE_ONLY_STATIC")
